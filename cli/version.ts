import { readFileSync } from 'node:fs'
import { isRecord } from './state-file.ts'

declare const MICRO_VERSION: string | undefined

/** Set by the bundler; in a checkout it is package.json's. */
export function cliVersion(): string {
  if (typeof MICRO_VERSION === 'string') return MICRO_VERSION
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return isRecord(manifest) ? String(manifest.version) : 'unknown'
}
