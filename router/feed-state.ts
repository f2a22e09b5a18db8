import { create } from '@bufbuild/protobuf'
import {
  type Namespace,
  type RouteKey,
  type WatchRoutesResponse,
  WatchRoutesResponseSchema,
  type Route as WireRoute,
} from '../gen/proto/micro/router/v1/router_pb.ts'

/** How long a revoked session is remembered: longer than any access token of it lives. */
const revokedMs = 60 * 60_000

/** All that the control plane told so far, as it told it. */
export interface FeedState {
  readonly version: bigint
  readonly jwks: string
  readonly namespaces: ReadonlyMap<string, Namespace>
  readonly routes: ReadonlyMap<string, WireRoute>
  revokedSessions(now: number): string[]
  merge(message: WatchRoutesResponse, now: number): void
  /** Everything in one message. */
  whole(): WatchRoutesResponse
}

export const keyOf = ({ namespace, service }: Pick<RouteKey, 'namespace' | 'service'>): string => `${namespace}/${service}`

export function createFeedState(): FeedState {
  const namespaces = new Map<string, Namespace>()
  const routes = new Map<string, WireRoute>()
  const revoked = new Map<string, number>()
  let version = 0n
  let jwks = ''

  return {
    get version() {
      return version
    },
    get jwks() {
      return jwks
    },
    namespaces,
    routes,
    revokedSessions(now) {
      for (const [session, since] of revoked) if (now - since > revokedMs) revoked.delete(session)
      return [...revoked.keys()]
    },
    merge(message, now) {
      if (message.snapshot) for (const all of [namespaces, routes, revoked]) all.clear()
      for (const name of message.removedNamespaces) {
        namespaces.delete(name)
        for (const [key, route] of routes) if (route.namespace === name) routes.delete(key)
      }
      for (const key of message.removedRoutes) routes.delete(keyOf(key))
      for (const namespace of message.namespaces) namespaces.set(namespace.name, namespace)
      for (const route of message.routes) routes.set(keyOf(route), route)
      for (const session of message.revokedSessions) revoked.set(session, now)
      if (message.jwks !== '') jwks = message.jwks
      version = message.version
    },
    whole: () =>
      create(WatchRoutesResponseSchema, {
        version,
        snapshot: true,
        namespaces: [...namespaces.values()],
        routes: [...routes.values()],
        jwks,
        revokedSessions: [...revoked.keys()],
      }),
  }
}
