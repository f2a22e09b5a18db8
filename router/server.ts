import { type Clock, systemClock } from '../lib/clock.ts'
import { PlatformError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { insidePorts } from '../lib/inside-ports.ts'
import type { Log } from '../lib/log.ts'
import { logAccess } from './access-log.ts'
import { readTarget } from './admission.ts'
import { createTokens } from './auth.ts'
import { createBalancer } from './balancer.ts'
import type { Exchange, Opened, Reply, Request, Upgrade } from './exchange.ts'
import { createFeed, type RouteSource } from './feed.ts'
import { createForwarding } from './forwarding.ts'
import { type Gateway, serveNamespace } from './gateway.ts'
import { classifyHost } from './hosts.ts'
import type { Resolvers } from './inside/dns/forward.ts'
import { createInside } from './inside/inside.ts'
import { serveInside } from './inside/serve.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { createListener } from './listener.ts'
import { createPlatform } from './platform.ts'
import { Refusal, refusalOf } from './refusal.ts'
import { sendRefusal } from './reply.ts'
import { createRouteTable } from './table.ts'
import { createTargets } from './targets.ts'
import { createTraffic } from './traffic.ts'
import { wantsPage } from './waiting-page.ts'

export type RouterOptions = {
  host: string
  /** 0: any that is free. */
  port: number
  domain: string
  /** Origin by which people reach the platform. */
  publicUrl: string
  /** Addresses or CIDRs whose forwarding headers are believed. */
  trustedProxies: readonly string[]
  /** Bound to loopback, domain `localhost`, no trusted proxy: forwarded requests are refused. */
  loopbackOnly: boolean
  controlSocket: string
  consoleSocket: string
  /** Where the copy of the route table is kept. */
  stateDirectory: string
  routes: RouteSource
  /** Where it listens on the gateways of namespaces' networks, and asks for names that it does not know; only tests say so. */
  inside?: { ports: { http: number; dns: number }; resolvers?: Resolvers }
  log: Log
  clock?: Clock
  limits?: Partial<Limits>
}

export interface Router {
  /** Serves by the copy of the table at once, and by the control plane's as soon as it answers. */
  listen(): Promise<{ port: number }>
  /** Takes no more connections, lets what is in flight end for `graceMs`, then cuts it. */
  close(graceMs: number): Promise<void>
}

const givenId = /^[A-Za-z0-9_.-]{1,64}$/

export function createRouter(options: RouterOptions): Router {
  const { log, domain } = options
  const limits = { ...defaultLimits, ...options.limits }
  const clock = options.clock ?? systemClock
  const table = createRouteTable()
  const tokens = createTokens(clock)
  const targets = createTargets({ limits, onChange: () => feed.inFlightChanged() })
  const balancer = createBalancer({ inFlight: targets.inFlight, connectMs: limits.connectMs })
  const traffic = createTraffic(() => feed.trafficChanged())
  const feed = createFeed({
    ...{ source: options.routes, table, tokens, targets, traffic, clock, log, directory: options.stateDirectory },
    onNetworks: (networks) => inside.keep(networks),
  })
  const platform = createPlatform({ ...options, limits, tableLoaded: feed.loaded })
  const gateway: Gateway = { table, tokens, targets, balancer, traffic, limits, publicUrl: options.publicUrl }
  const readClient = createForwarding({ trustedProxies: options.trustedProxies, refuse: options.loopbackOnly })
  const serve = (opened: Opened) => dispatch(admit(opened))
  const listener = createListener({ limits, onRequest: (...opened) => void handle(open(...opened), serve) })
  const inside = createInside({
    ...{ ports: insidePorts, ...options.inside, table, limits, log },
    onRequest: (network, ...opened) => void handle(open(...opened), (admitted) => serveInside({ gateway, platform }, admitted, network)),
  })

  async function handle(opened: Opened, serve: (opened: Opened) => Promise<void>): Promise<void> {
    logAccess(log, opened)
    try {
      await serve(opened)
    } catch (error) {
      fail(opened, error)
    }
  }

  function admit(opened: Opened): Exchange {
    const { request } = opened
    const target = readTarget(request)
    return {
      ...opened,
      ...target,
      host: classifyHost(target.authority.name, domain),
      client: readClient(request.socket.remoteAddress ?? '', request.headers),
    }
  }

  async function dispatch(exchange: Exchange): Promise<void> {
    const { host, path, request } = exchange
    switch (host.kind) {
      case 'unknown':
        throw new Refusal(421, `This server does not answer for ${exchange.authority.name}. It answers for ${domain} and names below it.`)
      case 'loopback':
        if (isPageLoad(exchange)) return redirect(exchange, domain)
        break
      case 'api':
        return await serveNamespace(gateway, exchange, { sharedOrigin: true })
      case 'namespace':
      case 'service':
      case 'tag':
        return await serveNamespace(gateway, exchange, { sharedOrigin: false })
      case 'platform':
    }
    const forNamespace = request.headers['micro-namespace'] !== undefined && !platform.owns(path)
    return forNamespace ? await serveNamespace(gateway, exchange, { sharedOrigin: true }) : await platform.serve(exchange)
  }

  function fail(opened: Opened, error: unknown): void {
    const refusal = refusalOf(error)
    if (opened.signal.aborted) return
    opened.subject.failure = refusal
    try {
      sendRefusal(opened, refusal)
    } catch (cause) {
      log.warn({ err: cause, requestId: opened.requestId }, 'an error could not be sent')
      opened.reply.destroy()
    }
  }

  return {
    async listen() {
      await feed.start()
      try {
        const port = await listener.listen(options.host, options.port)
        log.info({ host: options.host, port }, 'router listens')
        return { port }
      } catch (error) {
        await feed.close()
        await inside.close(0)
        throw notListening(error, options)
      }
    },
    async close(graceMs) {
      await Promise.all([listener.close(graceMs), inside.close(graceMs)])
      await feed.close()
      targets.close()
      platform.close()
    },
  }
}

function open(request: Request, reply: Reply, upgrade?: Upgrade): Opened {
  const given = request.headers['micro-request-id']
  const requestId = typeof given === 'string' && givenId.test(given) ? given : newId('req')
  const controller = new AbortController()
  const connection = upgrade?.socket ?? reply
  connection.once('close', () => controller.abort())
  // A stream of HTTP/2 that its client gave up is closed only when its body was read, which an instance that reads nothing would never let happen.
  request.once('aborted', () => controller.abort())
  // Whoever uses them notices by what they wait for; an error that nobody listens to would end the process.
  request.on('error', () => {})
  reply.on('error', () => {})
  reply.setHeader('micro-request-id', requestId)
  return { request, reply, requestId, method: request.method ?? '', signal: controller.signal, upgrade, subject: {} }
}

function notListening(cause: unknown, { host, port }: RouterOptions): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') {
    return new PlatformError('failed_precondition', `Port ${port} of ${host} is in use by another program.`, {
      hint: 'Stop that program, or choose another port by MICRO_PORT.',
      cause,
    })
  }
  if (code === 'EACCES')
    return new PlatformError('permission_denied', `This user may not listen on port ${port}.`, {
      hint: 'Choose one above 1023 by MICRO_PORT.',
      cause,
    })
  if (code === 'EADDRNOTAVAIL')
    return new PlatformError('failed_precondition', `This machine has no address ${host}.`, { hint: 'Correct MICRO_HOST.', cause })
  return cause
}

/** Sessions are bound to one name, so people are to use that one. */
function isPageLoad(exchange: Exchange): boolean {
  const { path, request } = exchange
  return wantsPage(exchange) && request.headers['micro-namespace'] === undefined && !path.startsWith('/-/')
}

function redirect({ reply, authority, path, query }: Exchange, domain: string): void {
  const port = authority.port === '' ? '' : `:${authority.port}`
  reply.writeHead(307, { location: `http://${domain}${port}${path}${query}`, 'content-length': 0, 'cache-control': 'no-store' })
  reply.end()
}
