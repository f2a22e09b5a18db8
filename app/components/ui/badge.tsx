import type { ReactNode } from 'react'

export function Badge({ children, tone = 'plain' }: { children: ReactNode; tone?: 'plain' | 'ok' | 'accent' }) {
  const tones = { plain: 'bg-hover text-muted', ok: 'bg-ok-soft text-ok', accent: 'bg-accent-soft text-accent' }
  return (
    <span className={`inline-flex items-center rounded px-1.5 py-px text-xs font-medium whitespace-nowrap ${tones[tone]}`}>{children}</span>
  )
}
