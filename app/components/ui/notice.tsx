import type { ReactNode } from 'react'
import type { Problem } from '../../lib/errors.ts'
import { AlertIcon } from './icons.tsx'

const tones = {
  info: 'bg-accent-soft text-accent',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
}

export function Notice({ tone = 'info', title, children }: { tone?: keyof typeof tones; title: ReactNode; children?: ReactNode }) {
  return (
    <div role={tone === 'info' ? undefined : 'alert'} className={`flex gap-2.5 rounded-md px-3 py-2.5 text-[13px] ${tones[tone]}`}>
      {tone !== 'info' && <AlertIcon className="mt-px size-4" />}
      <div className="min-w-0 break-words">
        <p className="font-medium">{title}</p>
        {children && <div className="mt-0.5 text-ink">{children}</div>}
      </div>
    </div>
  )
}

export function ProblemNotice({ problem }: { problem: Problem | undefined }) {
  if (!problem) return null
  return (
    <Notice tone="bad" title={problem.message}>
      {problem.hint}
    </Notice>
  )
}
