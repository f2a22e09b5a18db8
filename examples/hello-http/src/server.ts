import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { handler } from './service.ts'

const drainMs = 30_000

/** Listens for HTTP, on a free port when `port` is 0. */
export async function startServer(port: number) {
  const server = createServer(handler)
  server.listen(port)
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,

    /** Takes no new requests, and resolves when those in flight are answered or out of time. */
    async stop() {
      const closed = once(server, 'close')
      server.close()
      // A connection that was busy just now is idle, and still open, once it is answered.
      const sweep = setInterval(() => server.closeIdleConnections(), 100)
      const deadline = setTimeout(() => server.closeAllConnections(), drainMs)
      await closed
      clearInterval(sweep)
      clearTimeout(deadline)
    },
  }
}
