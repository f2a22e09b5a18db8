const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `1h30m`, `2d` in milliseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) total += Number(amount) * (unitMs[unit ?? ''] ?? 0)
  return Math.round(total)
}

/** Time since, for a table: `12s`, `5m`, `3h`, `2d`. */
export function formatAge(date: Date | undefined, now: Date = new Date()): string {
  if (date === undefined) return '-'
  const seconds = Math.max(0, Math.floor((now.getTime() - date.getTime()) / 1000))
  if (seconds < 60) return `${seconds}s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`
  return `${Math.floor(seconds / 86_400)}d ago`
}

/** How long a stage took: `0.4s`, `12s`, `2m05s`. */
export function formatElapsed(elapsedMs: number): string {
  if (elapsedMs < 9_950) return `${(elapsedMs / 1000).toFixed(1)}s`
  const seconds = Math.round(elapsedMs / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
}

/** `812 B`, `4.2 kB`, `1.3 MB`: decimal, as disks and networks count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let amount = bytes
  let unit = 'B'
  for (const next of units) {
    if (amount < 999.5) break
    amount /= 1000
    unit = next
  }
  return `${amount < 9.95 ? amount.toFixed(1) : Math.round(amount)} ${unit}`
}

export const plural = (count: number, noun: string): string => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** As `--timeout` takes it: `90s`, `30m`, `2h`. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries({ h: 3_600_000, m: 60_000, s: 1000 }).find(([, each]) => ms % each === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}
