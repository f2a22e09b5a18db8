import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/** What the CLI takes from the process environment. This file is the CLI's only reader and writer of it. */
export type Settings = {
  /** Where configuration, tokens and caches live: MICRO_HOME, default ~/.micro. */
  home: string
  /** MICRO_TOKEN: used as it is, never refreshed. */
  token: string | undefined
  namespace: string | undefined
  environment: string | undefined
  /** MICRO_PORT: where the local server listens. */
  localPort: string
  /** MICRO_DEBUG: errors show their stack. */
  debug: boolean
  colour: boolean
}

export function readSettings(): Settings {
  const { env } = process
  const given = (name: string) => (env[name] === '' ? undefined : env[name])
  const home = given('MICRO_HOME')
  return {
    home: home === undefined ? join(homedir(), '.micro') : isAbsolute(home) ? home : resolve(home),
    token: given('MICRO_TOKEN'),
    namespace: given('MICRO_NAMESPACE'),
    environment: given('MICRO_ENV'),
    localPort: given('MICRO_PORT') ?? '8080',
    debug: given('MICRO_DEBUG') !== undefined,
    colour: given('NO_COLOR') === undefined && env.TERM !== 'dumb',
  }
}

/** Hands settings over to the server, which reads them from the environment of this same process. */
export function exportSettings(settings: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(settings)) if (value !== undefined) process.env[name] = value
}
