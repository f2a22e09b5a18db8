import type { OutgoingHttpHeaders } from 'node:http2'
import { NamespaceName } from '../lib/names.ts'
import { isPreflight, sendPreflight } from './cors.ts'
import type { Exchange } from './exchange.ts'
import { createGrpcTarget } from './grpc-target.ts'
import type { Passing } from './headers.ts'
import { forwardHttp } from './http.ts'
import { createHttpTarget } from './http-target.ts'
import type { Limits } from './limits.ts'
import { Refusal } from './refusal.ts'
import { send, sendJson } from './reply.ts'
import { forwardHttp2 } from './rpc.ts'
import { createInFlight, NotSent } from './target.ts'
import { forwardUpgrade } from './upgrade.ts'
import { sendWaitingPage, wantsPage } from './waiting-page.ts'

/** The platform's own processes behind the router. */
export interface Platform {
  /** Whether requests to `<domain>` with this path are the platform's whatever their headers say. */
  owns(path: string): boolean
  serve(exchange: Exchange): Promise<void>
  /** The packages `micro.*` alone. */
  serveRpc(exchange: Exchange): Promise<void>
  close(): void
}

export type PlatformOptions = {
  /** UNIX socket of an HTTP/2 server for the packages `micro.*`. */
  controlSocket: string
  /** UNIX socket of an HTTP/1.1 server for all the rest. */
  consoleSocket: string
  /** False until there is a route table to serve by. */
  tableLoaded(): boolean
  limits: Limits
}

const readyMs = 1_000
const ownPaths = /^\/(?:-|api|graphql|webhooks|_next|\.well-known)(?:\/|$)|^\/micro\./
const rpcPath = /^\/micro\.[\w.]+\/\w+$/
const internalPath = /^\/micro\.router\./

export function createPlatform({ controlSocket, consoleSocket, tableLoaded, limits }: PlatformOptions): Platform {
  const options = { connectMs: limits.connectMs, messageBytes: limits.bodyBytes }
  const control = createGrpcTarget({ path: controlSocket }, createInFlight(), options)
  const console = createHttpTarget({ path: consoleSocket }, createInFlight(), limits.connectMs)

  async function toControl(exchange: Exchange): Promise<void> {
    const target = `${exchange.path}${exchange.query}`
    const send = (headers: OutgoingHttpHeaders) => control.send(headers)
    await named('The platform', () => forwardHttp2(exchange, { send, target, passing: passingTo(exchange), limits }))
  }

  async function serveRpc(exchange: Exchange): Promise<void> {
    const { path } = exchange
    if (internalPath.test(path) || !rpcPath.test(path)) throw new Refusal(404, `The platform has no RPC method ${path}.`)
    await toControl(exchange)
  }

  async function toConsole(exchange: Exchange): Promise<void> {
    const forward = {
      send: console.send,
      target: `${exchange.path}${exchange.query}`,
      passing: passingTo(exchange),
      limits,
      hold: () => () => {},
    }
    try {
      await named('The console', () =>
        exchange.upgrade === undefined ? forwardHttp(exchange, forward) : forwardUpgrade(exchange, forward),
      )
    } catch (error) {
      if (!(error instanceof Refusal && error.cause instanceof NotSent && wantsPage(exchange))) throw error
      exchange.subject.failure = error
      sendWaitingPage(exchange, error)
    }
  }

  async function sendReadiness(exchange: Exchange): Promise<void> {
    const [controlProblem, consoleProblem] = await Promise.all(
      [control, console].map((target) => problem(() => target.ready(AbortSignal.timeout(readyMs)))),
    )
    const parts = {
      routes: tableLoaded() ? 'ok' : 'not loaded',
      control: controlProblem ?? 'ok',
      console: consoleProblem ?? 'ok',
    }
    const ready = Object.values(parts).every((state) => state === 'ok')
    sendJson(exchange, ready ? 200 : 503, { ready, ...parts }, { 'cache-control': 'no-store' })
  }

  return {
    owns: (path) => ownPaths.test(path),
    async serve(exchange) {
      const { path } = exchange
      if (path === '/-/healthz') return send(exchange, 200, { 'content-type': 'text/plain', 'cache-control': 'no-store' }, 'ok')
      if (path === '/-/readyz') return await sendReadiness(exchange)
      if (path === '/.well-known/jwks.json') return await toControl(exchange)
      if (path.startsWith('/micro.')) return await serveRpc(exchange)
      if (isPreflight(exchange) && !ownPaths.test(path) && asksForNamespace(exchange)) return sendPreflight(exchange)
      return await toConsole(exchange)
    },
    serveRpc,
    close() {
      control.close()
      console.close()
    },
  }
}

/** Says who does not answer, to people who never asked for an instance. */
async function named(who: string, forward: () => Promise<void>): Promise<void> {
  try {
    await forward()
  } catch (error) {
    if (!(error instanceof NotSent)) throw error
    throw new Refusal(503, `${who} is not running at the moment. Try again shortly.`, { headers: { 'retry-after': '1' }, cause: error })
  }
}

/** The platform throttles log-ins by address: it is told the one that counts, and not those of the proxies after it. */
function passingTo({ request, client: { address } }: Exchange): Passing {
  const namespace = request.headers['micro-namespace']
  return NamespaceName.safeParse(namespace).success ? { namespace: String(namespace), address } : { address }
}

async function problem(check: () => Promise<void>): Promise<string | undefined> {
  try {
    await check()
    return undefined
  } catch {
    // Why it does not accept is its own log's matter.
    return 'does not accept connections'
  }
}

/** The real request would carry Micro-Namespace and be a namespace's; its preflight can only say that it will. */
const asksForNamespace = ({ request }: Exchange): boolean =>
  String(request.headers['access-control-request-headers'] ?? '')
    .toLowerCase()
    .split(',')
    .some((name) => name.trim() === 'micro-namespace')
