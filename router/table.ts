import { PlatformError } from '../lib/errors.ts'
import type { Descriptors } from './descriptors.ts'

export type Upstream = { readonly instance: string; readonly host: string; readonly port: number }

/** Where requests of one service go. */
export type Route = {
  /** Namespace name. */
  readonly namespace: string
  readonly service: string
  /** Number of the live release; 0: none was ever live. */
  readonly release: number
  readonly protocol: 'http' | 'grpc'
  readonly public: boolean
  /** Ready instances of the live release; none: 503 with `unavailableReason`. */
  readonly upstreams: readonly Upstream[]
  readonly unavailableReason: string
  /** Instances that get no new request. */
  readonly draining: readonly string[]
  readonly canary?: Canary | undefined
  /** Of RPC services. */
  readonly descriptors?: Descriptors | undefined
}

/** A release that answers a share of the requests while it is being watched. */
export type Canary = {
  /** Of its deployment. */
  readonly id: string
  readonly release: number
  /** Of a hundred requests so many are its. */
  readonly percent: number
  readonly upstreams: readonly Upstream[]
}

export type RouteKey = { readonly namespace: string; readonly service: string }

/** All of it is done or, when it throws, none. Removals come first. */
export type Change = {
  /** Forgets everything held before. */
  snapshot?: boolean
  removeNamespaces?: readonly string[]
  removeRoutes?: readonly RouteKey[]
  namespaces?: readonly string[]
  routes?: readonly Route[]
}

export type Match =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'none' }
  /** More than one service of the namespace has that gRPC type. */
  | { readonly kind: 'ambiguous'; readonly routes: readonly Route[] }

/** Pure and synchronous; a match costs the same with ten services and with a million. */
export interface RouteTable {
  /** @throws PlatformError `already_exists` when another service of the namespace would answer to the same name */
  set(route: Route): void
  remove(key: RouteKey): void
  apply(change: Change): void
  hasNamespace(namespace: string): boolean
  /** By a service's name without case, `-` and `_`, or by the full name of a gRPC type. */
  match(query: { namespace: string; service: string } | { namespace: string; type: string }): Match
  list(namespace?: string): Route[]
}

type Tenant = { byName: Map<string, Route>; byType: Map<string, Route[]> }

export function createRouteTable(): RouteTable {
  let tenants = new Map<string, Tenant>()

  function apply(change: Change): void {
    // Tenants that the change touches are copied and put in place together at the end: nobody ever sees half of it.
    const next = new Map(change.snapshot === true ? [] : tenants)
    const copied = new Set<Tenant>()
    const tenant = (name: string): Tenant => {
      const before = next.get(name)
      if (before !== undefined && copied.has(before)) return before
      const copy = { byName: new Map(before?.byName), byType: new Map(before?.byType) }
      next.set(name, copy)
      copied.add(copy)
      return copy
    }
    for (const name of change.removeNamespaces ?? []) next.delete(name)
    for (const key of change.removeRoutes ?? []) if (next.has(key.namespace)) removeFrom(tenant(key.namespace), key)
    for (const name of change.namespaces ?? []) if (!next.has(name)) tenant(name)
    for (const route of change.routes ?? []) addTo(tenant(route.namespace), route)
    tenants = next
  }

  return {
    set: (route) => apply({ routes: [route] }),
    remove: (key) => apply({ removeRoutes: [key] }),
    apply,
    hasNamespace: (namespace) => tenants.has(namespace),
    match(query) {
      const tenant = tenants.get(query.namespace)
      if (tenant === undefined) return { kind: 'none' }
      if ('service' in query) return found(tenant.byName.get(looseName(query.service)))
      const routes = tenant.byType.get(query.type) ?? []
      return routes.length > 1 ? { kind: 'ambiguous', routes } : found(routes[0])
    },
    list(namespace) {
      const chosen = namespace === undefined ? [...tenants.values()] : [tenants.get(namespace)]
      return chosen.flatMap((tenant) => [...(tenant?.byName.values() ?? [])])
    },
  }
}

/** `say-hello`, `SayHello` and `say_hello` are one name. */
export const looseName = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase()

const found = (route: Route | undefined): Match => (route === undefined ? { kind: 'none' } : { kind: 'route', route })

function addTo(tenant: Tenant, route: Route): void {
  const name = looseName(route.service)
  const before = tenant.byName.get(name)
  if (before !== undefined && before.service !== route.service) {
    throw new PlatformError(
      'already_exists',
      `The services "${before.service}" and "${route.service}" of ${route.namespace} would answer to the same name.`,
    )
  }
  if (before !== undefined) removeFrom(tenant, route)
  tenant.byName.set(name, route)
  for (const type of route.descriptors?.types ?? []) tenant.byType.set(type, [...(tenant.byType.get(type) ?? []), route])
}

function removeFrom(tenant: Tenant, key: RouteKey): void {
  const name = looseName(key.service)
  const route = tenant.byName.get(name)
  if (route === undefined || route.service !== key.service) return
  tenant.byName.delete(name)
  for (const type of route.descriptors?.types ?? []) {
    const others = (tenant.byType.get(type) ?? []).filter((other) => other !== route)
    if (others.length === 0) tenant.byType.delete(type)
    else tenant.byType.set(type, others)
  }
}
