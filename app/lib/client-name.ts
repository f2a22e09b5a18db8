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
  [/Mac OS X|darwin/, 'macOS'],
  [/Linux/i, 'Linux'],
]

/** A User-Agent as a person would name it: Firefox on Linux, micro 0.1.0 on Linux. */
export function clientName(userAgent: string | null, kind: 'BROWSER' | 'CLI'): string {
  if (!userAgent) return kind === 'CLI' ? 'Command line' : 'Browser'
  const first = (names: [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent))?.[1]
  const program = kind === 'CLI' ? /^micro\/\S+/.exec(userAgent)?.[0].replace('/', ' ') : first(browsers)
  const system = first(systems)
  return program ? `${program}${system ? ` on ${system}` : ''}` : userAgent
}
