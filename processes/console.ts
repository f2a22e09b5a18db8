import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import next from 'next'
import { createPostgresBus } from '../bus/postgres/bus.ts'
import type { ConsoleSettings } from '../config/console.ts'
import { provideConsoleApp } from '../config/console-app.ts'
import { createTokenIssuer } from '../control/auth/tokens.ts'
import { createSealer } from '../control/secrets.ts'
import { createGraphqlHandler } from '../graphql/server.ts'
import { systemClock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createDb } from '../prisma/client.ts'
import { createDiskBlobs } from '../storage/disk.ts'
import { listenOnSocket } from './socket.ts'
import { version } from './version.ts'

/** The console's pages and the GraphQL API, on one unix socket behind the router. */
export async function startConsole(settings: ConsoleSettings, log: Log): Promise<{ stop(): Promise<void> }> {
  const { domain, publicUrl, loopbackOnly, runtime, consoleSocket } = settings
  const stopping = new AbortController()
  const sessionSecret = settings.sessionCookieKey.toString('base64url')
  provideConsoleApp({ socketPath: consoleSocket, publicUrl, sessionSecret })

  const db = createDb(settings.databaseUrl, 8)
  const bus = createPostgresBus({ url: settings.databaseUrl, log })
  const sealer = createSealer(settings.envelopeKey)
  const [tokens, blobs] = await Promise.all([
    createTokenIssuer({ db, sealer, clock: systemClock }),
    createDiskBlobs(join(settings.dataDirectory, 'blobs')),
  ])
  const installation = { domain, publicUrl, loopbackOnly, runtime, version }
  const networks = runtime === 'docker' ? { networkPool: settings.networkPool } : {}
  const platform = { bus, blobs, sealer, tokens, log, installation, ...networks }
  const graphql = await createGraphqlHandler({ db, clock: systemClock, platform, sessionSecret, signal: stopping.signal })

  const pages = next({ dev: false, dir: fileURLToPath(new URL('..', import.meta.url)), hostname: domain, port: settings.port })
  await pages.prepare()
  const handlePage = pages.getRequestHandler()
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    if (!(await graphql.handle(request, response))) await handlePage(request, response)
  }
  const server = createServer((request, response) => {
    // One request that cannot be served is no reason for all of them to end.
    serve(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'a request could not be served')
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { connection: 'close' }).end()
    })
  })
  const close = await listenOnSocket(server, consoleSocket)
  return {
    async stop() {
      stopping.abort(new Error('the console stops'))
      await close()
      await graphql.stop()
      await pages.close()
      await bus.close()
      await db.$disconnect()
    },
  }
}
