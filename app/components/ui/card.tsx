import type { ReactNode } from 'react'

export function Card({ children, className = '' }: { children: ReactNode; className?: string }) {
  return <div className={`rounded-lg border border-line bg-panel ${className}`}>{children}</div>
}

/** A titled part of a page. */
export function Section({
  title,
  detail,
  action,
  children,
}: {
  title: string
  detail?: ReactNode
  action?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="mt-8 first:mt-0">
      <div className="mb-2.5 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div>
          <h2 className="font-semibold">{title}</h2>
          {detail && <p className="text-[13px] text-muted">{detail}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  )
}

/** What is not there yet, and what to do about it. */
export function EmptyState({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="rounded-lg border border-dashed border-line-strong px-4 py-12 text-center">
      {icon && (
        <div className="mx-auto mb-3 flex size-9 items-center justify-center rounded-md border border-line bg-panel text-muted">{icon}</div>
      )}
      <p className="font-semibold">{title}</p>
      {children && <div className="mx-auto mt-1 max-w-md text-muted">{children}</div>}
    </div>
  )
}
