const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** How long ago, as people say it: just now, 5 min ago, 3 days ago; a date when it is longer. */
export function ago(at: string, nowMs: number): string {
  const seconds = Math.floor((nowMs - Date.parse(at)) / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < minute) return `${Math.floor(seconds / 10) * 10} s ago`
  if (seconds < hour) return `${Math.floor(seconds / minute)} min ago`
  if (seconds < day) return `${Math.floor(seconds / hour)} h ago`
  if (seconds < 30 * day) return plural(Math.floor(seconds / day), 'day')
  return at.slice(0, 10)
}

/** A duration with as much precision as it deserves: 420 ms, 3.1 s, 2 min 5 s. */
export function between(from: string, to: string): string {
  const ms = Math.max(0, Date.parse(to) - Date.parse(from))
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`
}

/** Local wall-clock time with milliseconds: 14:03:22.518. */
export function clock(at: string): string {
  const date = new Date(at)
  const two = (value: number) => `${value}`.padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${`${date.getMilliseconds()}`.padStart(3, '0')}`
}

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'} ago`
