import { connect } from 'node:net'
import { createClient, type Interceptor } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import type { RouterSettings } from '../config/router.ts'
import { RouterService } from '../gen/proto/micro/router/v1/router_pb.ts'
import type { Log } from '../lib/log.ts'
import type { RouteSource } from '../router/feed.ts'
import { createRouter } from '../router/server.ts'

const pingIntervalMs = 10_000
const graceMs = 8_000

/** The data plane: serves by its copy of the route table, whatever else is running. */
export async function startRouter(
  settings: Omit<RouterSettings, 'logLevel'>,
  log: Log,
): Promise<{ address: { host: string; port: number }; stop(): Promise<void> }> {
  const router = createRouter({ ...settings, routes: controlPlane(settings), log })
  const { port } = await router.listen()
  return { address: { host: settings.host, port }, stop: () => router.close(graceMs) }
}

function controlPlane({ controlSocket, routerKey }: Pick<RouterSettings, 'controlSocket' | 'routerKey'>): RouteSource {
  const authorized: Interceptor = (next) => (request) => {
    request.header.set('authorization', `Bearer ${routerKey}`)
    return next(request)
  }
  const client = createClient(
    RouterService,
    createGrpcTransport({
      baseUrl: 'http://localhost',
      interceptors: [authorized],
      nodeOptions: { createConnection: () => connect(controlSocket) },
      // A control plane that is gone without a word is noticed, though routes may not change for days.
      pingIntervalMs,
      pingIdleConnection: true,
    }),
  )
  return {
    watch: (request, signal) => client.watchRoutes(request, { signal }),
    async report(request, signal) {
      await client.reportRoutes(request, { signal })
    },
    async reportTraffic(request, signal) {
      await client.reportTraffic(request, { signal })
    },
  }
}
