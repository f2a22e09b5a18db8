const shown = 5
/** Names come from tenants and callers, and comparing takes time by the product of their lengths. */
const longest = 100
const compared = 1_000

/** Ends a "not found" with what exists: names like the one that was asked for, else all when there are few. */
export function nearby(wanted: string, existing: readonly string[], what: string): string {
  const like = existing
    .slice(0, compared)
    .map((name) => ({ name, distance: Math.min(...forms(wanted, name).map((form) => distance(wanted.toLowerCase(), form.toLowerCase()))) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(wanted.length / 3)) || (wanted !== '' && name.includes(wanted)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, shown)
    .map(({ name }) => name)
  if (like.length > 0) return ` Did you mean ${like.join(', ')}?`
  if (existing.length === 0) return ` There are no ${what}.`
  const more = existing.length > shown ? ', …' : ''
  return ` There are: ${existing.toSorted().slice(0, shown).join(', ')}${more}.`
}

/** Whoever leaves out the first part of a dotted name means its last. */
const forms = (wanted: string, name: string): string[] => (wanted.includes('.') ? [name] : [name, name.slice(name.lastIndexOf('.') + 1)])

/** Levenshtein's. */
function distance(a: string, b: string): number {
  if (Math.max(a.length, b.length) > longest || Math.abs(a.length - b.length) > 20) return Number.POSITIVE_INFINITY
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
