'use client'

import { useSyncExternalStore } from 'react'
import { ago, between, clock } from '../../lib/time.ts'

/** How long ago, kept up to date; the exact time on hover. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const now = useNow()
  return (
    <time
      dateTime={at}
      title={new Date(at).toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'long' })}
      suppressHydrationWarning
      className={className}
    >
      {ago(at, now)}
    </time>
  )
}

/** A date and a time of day, by the clock of whoever looks. */
export function Moment({ at, prefix = '' }: { at: string; prefix?: string }) {
  return (
    <time dateTime={at} title={at} suppressHydrationWarning>
      {prefix}
      {new Date(at).toLocaleString(undefined, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })}
    </time>
  )
}

/** The time from one instant to another, or until now while it goes on. */
export function Elapsed({ from, to, running }: { from: string | null; to: string | null; running: boolean }) {
  const now = useNow()
  if (!from || (!to && !running)) return <span className="text-faint">–</span>
  return <span suppressHydrationWarning>{between(from, to ?? new Date(now).toISOString())}</span>
}

/** The second of the day, for log lines. */
export function Clock({ at }: { at: string }) {
  return (
    <time dateTime={at} title={at} suppressHydrationWarning>
      {clock(at)}
    </time>
  )
}

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let nowMs = Date.now()

/** One clock for the whole page, ticking each second while somebody looks at it. */
function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => nowMs,
    () => Date.now(),
  )
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function tick(): void {
  nowMs = Date.now()
  for (const listener of listeners) listener()
}
