'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'

export type Tab = { href: string; label: string; badge?: ReactNode /** Only this very path, not those below it. */; exact?: boolean }

/** Sub-pages of a page. They scroll sideways where they don't fit. */
export function Tabs({ tabs, label }: { tabs: Tab[]; label: string }) {
  const pathname = usePathname()
  return (
    <nav aria-label={label} className="-mx-4 flex gap-3 overflow-x-auto px-4 [scrollbar-width:none] sm:gap-6">
      {tabs.map(({ href, label, badge, exact }) => {
        const current = exact ? pathname === href : pathname === href || pathname.startsWith(`${href}/`)
        return (
          <Link
            key={href}
            href={href}
            prefetch={false}
            aria-current={current ? 'page' : undefined}
            className={`flex shrink-0 items-center gap-1.5 border-b-2 py-2.5 text-[13px] font-medium transition-colors focus-visible:-outline-offset-2 ${current ? 'border-ink text-ink' : 'border-transparent text-muted hover:text-ink'}`}
          >
            {label}
            {badge !== undefined && <span className="rounded bg-hover px-1.5 text-xs text-muted">{badge}</span>}
          </Link>
        )
      })}
    </nav>
  )
}
