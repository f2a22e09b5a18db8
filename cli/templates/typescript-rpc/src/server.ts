import { once } from 'node:events'
import { createServer, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { handler } from './service.ts'

const drainMs = 30_000

/** Listens for gRPC without TLS, on a free port when `port` is 0. */
export async function startServer(port: number) {
  const server = createServer(handler)
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })

  server.listen(port)
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,

    /** Takes no new requests, and resolves when those in flight are answered or out of time. */
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const session of sessions) session.close()
      const deadline = setTimeout(() => sessions.forEach((session) => session.destroy()), drainMs)
      await closed
      clearTimeout(deadline)
    },
  }
}
