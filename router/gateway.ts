import { type Access, createAccess } from './access.ts'
import type { Tokens } from './auth.ts'
import type { Balancer } from './balancer.ts'
import { isPreflight, sendPreflight } from './cors.ts'
import { type Deadline, namedTimeout, startDeadline } from './deadline.ts'
import { type Destination, findDestination } from './destination.ts'
import { endpointNames, findMethod } from './endpoints.ts'
import { type Exchange, wireOf } from './exchange.ts'
import { namespaceHeader, type Passing } from './headers.ts'
import { forwardHttp } from './http.ts'
import type { Limits } from './limits.ts'
import { sendIndex } from './listing.ts'
import { chooseNamespace } from './namespace.ts'
import { nearby } from './nearby.ts'
import { observe } from './observe.ts'
import { Refusal } from './refusal.ts'
import { forwardHttp2 } from './rpc.ts'
import { createRpcCall } from './rpc-call.ts'
import type { Route, RouteTable, Upstream } from './table.ts'
import type { Targets } from './targets.ts'
import type { Traffic } from './traffic.ts'
import { transcode } from './transcode.ts'
import { forwardUniversal } from './universal.ts'
import { forwardUpgrade } from './upgrade.ts'

export type Gateway = {
  table: RouteTable
  tokens: Tokens
  targets: Targets
  balancer: Balancer
  traffic: Traffic
  limits: Limits
  publicUrl: string
}

type Routed = Extract<Destination, { kind: 'route' }>
type Passage = { passing: Passing; upstreams(): readonly Upstream[]; deadline: Deadline | undefined }

/**
 * The API of a namespace.
 * @param options.sharedOrigin the host is not the namespace's alone, so no cookies pass in either direction and its pages are sandboxed
 */
export async function serveNamespace(gateway: Gateway, exchange: Exchange, options: { sharedOrigin: boolean }): Promise<void> {
  if (options.sharedOrigin) exchange.reply.setHeader('vary', namespaceHeader)
  const access = createAccess(exchange, gateway.tokens)
  const namespace = await chooseNamespace(exchange, access, gateway.table)
  const destination = findDestination(exchange, namespace, gateway.table)
  exchange.subject.namespace = namespace
  if (destination.kind === 'index') return await sendIndex(gateway, exchange, { namespace, access })
  if (destination.kind === 'none') throw await notFound(gateway, namespace, destination, access)

  const { route } = destination
  exchange.subject.service = route.service
  exchange.subject.cors = route.public && route.protocol === 'grpc'
  if (exchange.subject.cors && isPreflight(exchange)) return sendPreflight(exchange)
  await access.require(route)
  const passing: Passing = {
    namespace,
    // A service that can be called without may have tokens of its own; with one of the platform it could do whatever the caller may.
    authorization: (route.public || exchange.inside !== undefined) && (await access.claims()) === undefined,
    cookies: !options.sharedOrigin,
    ...(destination.prefix === undefined ? {} : { prefix: destination.prefix }),
  }
  const timeoutMs = namedTimeout(exchange.request.headers)
  const deadline = timeoutMs === undefined ? undefined : startDeadline(timeoutMs, exchange)
  const passage: Passage = { passing, deadline, upstreams: choose(gateway, exchange, available(gateway.table, route)) }
  return route.protocol === 'http'
    ? await toHttp(gateway, exchange, destination, passage)
    : await toRpc(gateway, exchange, destination, passage)
}

/** The instances of the release that is to answer; when a canary's do not take the request, those of the live one get it. */
function choose({ table, traffic }: Gateway, exchange: Exchange, route: Route): () => readonly Upstream[] {
  const canary = traffic.isCanarys(route) ? route.canary : undefined
  observe(exchange, traffic, route, canary?.release ?? route.release)
  let asked = false
  return () => {
    const first = !asked
    asked = true
    return first && canary !== undefined ? canary.upstreams : available(table, route).upstreams
  }
}

/** The route as it is now, which may be another than when the request came. */
function available(table: RouteTable, { namespace, service }: Route): Route {
  const match = table.match({ namespace, service })
  if (match.kind === 'route' && match.route.upstreams.length > 0) return match.route
  const reason = match.kind === 'route' ? match.route.unavailableReason : ''
  throw new Refusal(503, reason === '' ? `${service} has no running instance.` : reason, { headers: { 'retry-after': '1' } })
}

async function toHttp({ balancer, targets, limits }: Gateway, exchange: Exchange, { path }: Routed, passage: Passage): Promise<void> {
  const forward = {
    ...passage,
    limits,
    target: `${path}${exchange.query}`,
    send: (outgoing: Parameters<ReturnType<Targets['http']>['send']>[0]) =>
      balancer.send(
        passage.upstreams,
        (upstream) => {
          exchange.subject.instance = upstream.instance
          return targets.http(upstream).send(outgoing)
        },
        exchange.signal,
      ),
  }
  if (exchange.upgrade === undefined) return await forwardHttp(exchange, forward)
  return await forwardUpgrade(exchange, { ...forward, hold: () => targets.hold(exchange.subject.instance ?? '') })
}

async function toRpc({ balancer, targets, limits }: Gateway, exchange: Exchange, { route, path }: Routed, passage: Passage): Promise<void> {
  if (exchange.upgrade !== undefined) throw new Refusal(501, `${route.service} is an RPC service, which does not answer over WebSocket.`)
  const passing = { ...passage.passing, cookies: false }
  const { upstreams, deadline } = passage
  const wire = wireOf(exchange.request)
  if (wire === 'grpc') {
    if (exchange.request.httpVersionMajor < 2) throw new Refusal(400, 'gRPC needs HTTP/2.')
    const send = (headers: Parameters<ReturnType<Targets['grpc']>['send']>[0]) =>
      balancer.send(
        upstreams,
        (upstream) => {
          exchange.subject.instance = upstream.instance
          return targets.grpc(upstream).send(headers)
        },
        exchange.signal,
      )
    return await forwardHttp2(exchange, { send, target: path, passing, deadline, limits })
  }
  const { descriptors } = route
  if (descriptors === undefined) throw new Refusal(501, `${route.service} has no descriptors, so it answers by gRPC only.`)
  const call = createRpcCall(exchange, { balancer, target: targets.grpc, upstreams, passing })
  if (wire !== 'http') {
    const timeoutMs = deadline?.timeoutMs ?? (wire === 'connect-unary' ? limits.unaryMs : undefined)
    return await forwardUniversal(exchange, { descriptors, path, call, timeoutMs, limits })
  }
  const method = findMethod(descriptors, route.service, path)
  if (method === undefined) {
    const wanted = path
      .split('/')
      .filter((part) => part !== '')
      .join('.')
    throw new Refusal(
      404,
      `${route.service} has no endpoint "${wanted === '' ? 'Call' : wanted}".${nearby(wanted, endpointNames(descriptors), 'endpoints')}`,
    )
  }
  await transcode(exchange, { descriptors, method, call, timeoutMs: deadline?.timeoutMs, limits })
}

async function notFound(
  { table }: Gateway,
  namespace: string,
  { wanted, what }: Extract<Destination, { kind: 'none' }>,
  access: Access,
): Promise<Refusal> {
  const visible: Route[] = []
  for (const route of table.list(namespace)) if (await access.maySee(route)) visible.push(route)
  if (what === 'service') {
    return new Refusal(
      404,
      `${namespace} has no service "${wanted}".${nearby(
        wanted,
        visible.map((route) => route.service),
        'services here',
      )}`,
    )
  }
  const types = visible.flatMap((route) => route.descriptors?.types ?? [])
  return new Refusal(404, `${namespace} has no RPC service ${wanted}.${nearby(wanted, types, 'RPC services here')}`)
}
