import { single } from './admission.ts'
import { type Exchange, wireOf } from './exchange.ts'
import { Refusal } from './refusal.ts'
import type { Match, Route, RouteTable } from './table.ts'

/** Which service of a namespace a request is for, and the path as that service sees it. */
export type Destination =
  | { readonly kind: 'index' }
  | { readonly kind: 'route'; readonly route: Route; readonly path: string; readonly prefix?: string }
  | { readonly kind: 'none'; readonly wanted: string; readonly what: 'service' | 'type' }

export function findDestination(exchange: Exchange, namespace: string, table: RouteTable): Destination {
  const { host, path } = exchange
  if (host.kind === 'tag') {
    throw new Refusal(
      404,
      `"${host.tag}" of ${host.service} is not running: only the live release is, at the host that begins with ${host.service}--${namespace}.`,
    )
  }
  if (host.kind === 'service') {
    const { route } = routeOf(table.match({ namespace, service: host.service }))
    return route === undefined ? { kind: 'none', wanted: host.service, what: 'service' } : { kind: 'route', route, path }
  }
  const [, type, method] = /^\/([A-Za-z_][\w.]*)\/(\w+)$/.exec(path) ?? []
  if (type !== undefined && method !== undefined && (type.includes('.') || wireOf(exchange.request) !== 'http')) {
    const route = byType(exchange, namespace, table, type)
    if (route !== undefined) return { kind: 'route', route, path }
    if (type.includes('.')) return { kind: 'none', wanted: type, what: 'type' }
  }
  return byFirstSegment(path, namespace, table)
}

function byType(exchange: Exchange, namespace: string, table: RouteTable, type: string): Route | undefined {
  const service = single(exchange.request.headers, 'micro-service')
  if (service !== undefined) {
    const { route } = routeOf(table.match({ namespace, service }))
    if (route === undefined) throw new Refusal(404, `${namespace} has no service "${service}", which Micro-Service names.`)
    return route
  }
  const { route, others } = routeOf(table.match({ namespace, type }))
  if (others !== undefined) {
    const names = others.map((other) => other.service).join(' and ')
    throw new Refusal(
      400,
      `${type} is in ${names}: say which by the header Micro-Service, or by a host that begins with <service>--${namespace}.`,
    )
  }
  return route
}

function byFirstSegment(path: string, namespace: string, table: RouteTable): Destination {
  const end = path.indexOf('/', 1)
  const segment = end < 0 ? path.slice(1) : path.slice(1, end)
  if (segment === '') return { kind: 'index' }
  const wanted = decode(segment)
  const { route } = routeOf(table.match({ namespace, service: wanted }))
  if (route === undefined) return { kind: 'none', wanted, what: 'service' }
  return { kind: 'route', route, path: end < 0 ? '/' : path.slice(end), prefix: `/${segment}` }
}

function routeOf(match: Match): { route?: Route; others?: readonly Route[] } {
  if (match.kind === 'route') return { route: match.route }
  return match.kind === 'ambiguous' ? { others: match.routes } : {}
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    throw new Refusal(400, 'The path is not percent-encoded as it should be.', { cause: error })
  }
}
