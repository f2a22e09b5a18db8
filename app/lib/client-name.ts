const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]

const systems: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
]

/** A User-Agent as a person would name it: Firefox on Linux. */
export function clientName(userAgent: string | null, kind: 'BROWSER' | 'CLI'): string {
  if (!userAgent) return kind === 'CLI' ? 'Command line' : 'Browser'
  if (kind === 'CLI') return userAgent
  const first = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent))?.[1]
  const browser = first(browsers)
  const system = first(systems)
  return browser ? `${browser}${system ? ` on ${system}` : ''}` : userAgent
}
