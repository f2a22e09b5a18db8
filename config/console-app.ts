import { PlatformError } from '../lib/errors.ts'

export type ConsoleAppConfig = {
  /** Unix socket on which this process answers `/graphql`. */
  socketPath: string
  /** The address that browsers use: next-auth derives its links from it, and cookies are Secure when it is https. */
  publicUrl: string
  sessionSecret: string
}

let parsed: ConsoleAppConfig | undefined

/**
 * Settings of the Next.js part of the console process, which the composition root has validated already
 * (hence no schema library here: it would be bundled a second time).
 * Read on first use, since `next build` has none of them.
 */
export function consoleAppConfig(): ConsoleAppConfig {
  parsed ??= {
    socketPath: setting('MICRO_CONSOLE_SOCKET'),
    publicUrl: new URL(setting('NEXTAUTH_URL')).origin,
    sessionSecret: setting('NEXTAUTH_SECRET'),
  }
  return parsed
}

/** For the composition root: the pages are a bundle of their own, which shares nothing with it but the environment. */
export function provideConsoleApp({ socketPath, publicUrl, sessionSecret }: ConsoleAppConfig): void {
  Object.assign(process.env, { MICRO_CONSOLE_SOCKET: socketPath, NEXTAUTH_URL: publicUrl, NEXTAUTH_SECRET: sessionSecret })
}

function setting(name: string): string {
  const value = process.env[name]
  if (!value) throw new PlatformError('failed_precondition', `The console needs ${name}.`)
  return value
}
