import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerSettings } from '../../config/server.ts'
import { PlatformError } from '../../lib/errors.ts'

const patienceMs = 30_000

/** Waits until the router says that requests are served: it has its routes, and reaches control and console. */
export async function untilReady({ host, port, domain }: ServerSettings, signal: AbortSignal): Promise<void> {
  const address = { host: anyAddress[host] ?? host, port, domain }
  for (const deadline = Date.now() + patienceMs; !(await isReady(address)); ) {
    if (Date.now() > deadline) {
      throw new PlatformError(
        'internal',
        `All processes run, but http://${domain}:${port}/-/readyz did not become ready in ${patienceMs / 1000} s.`,
      )
    }
    await pause(25, undefined, { signal })
  }
}

/** Where a server that listens everywhere is reached from here. */
const anyAddress: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

function isReady({ host, port, domain }: { host: string; port: number; domain: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request(
      { host, port, path: '/-/readyz', headers: { host: `${domain}:${port}` }, agent: false, timeout: 2_000 },
      (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    call.once('timeout', () => call.destroy(new Error('timed out')))
    // Not listening yet, or too busy: asked again.
    call.once('error', () => resolve(false))
    call.end()
  })
}
