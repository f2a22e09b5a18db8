declare const MICRO_VERSION: string | undefined

/** Set by the bundler; in a checkout it is package.json's. */
export async function cliVersion(): Promise<string> {
  if (typeof MICRO_VERSION === 'string') return MICRO_VERSION
  const { readState } = await import('./state-file.ts')
  const { fileURLToPath } = await import('node:url')
  return String((await readState(fileURLToPath(new URL('../package.json', import.meta.url))))?.version)
}
