import { setTimeout as sleep } from 'node:timers/promises'
import { create } from '@bufbuild/protobuf'
import {
  type ReportRoutesRequest,
  ReportRoutesRequestSchema,
  type ReportTrafficRequest,
  ReportTrafficRequestSchema,
  type WatchRoutesResponse,
} from '../gen/proto/micro/router/v1/router_pb.ts'
import type { Clock } from '../lib/clock.ts'
import { PlatformError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Tokens } from './auth.ts'
import { createFeedState, keyOf } from './feed-state.ts'
import { type Network, readNetworks } from './inside/network.ts'
import { createReporter } from './reporter.ts'
import { readRoute } from './route.ts'
import type { Route, RouteTable } from './table.ts'
import { createTableCopy } from './table-copy.ts'
import type { Targets } from './targets.ts'
import type { ReleaseTraffic, Traffic } from './traffic.ts'
import { createTrafficReporter } from './traffic-report.ts'

/** Where routes come from: the control plane's RouterService. */
export interface RouteSource {
  /** The whole table, unless `version` is it, and then changes; ends or throws when the control plane goes away. */
  watch(request: { routerId: string; version: bigint }, signal: AbortSignal): AsyncIterable<WatchRoutesResponse>
  report(request: ReportRoutesRequest, signal: AbortSignal): Promise<void>
  reportTraffic(request: ReportTrafficRequest, signal: AbortSignal): Promise<void>
}

/** Keeps the table in step with the control plane, and serves by a copy on disk without it. */
export interface Feed {
  /** Loads the copy on disk, then watches. */
  start(): Promise<void>
  /** True once there is a table, from wherever. */
  loaded(): boolean
  /** To be called whenever the number of requests in flight to any instance changed. */
  inFlightChanged(): void
  /** To be called whenever traffic was counted. */
  trafficChanged(): void
  close(): Promise<void>
}

const instancesOf = ({ upstreams, canary }: Route): string[] => [...upstreams, ...(canary?.upstreams ?? [])].map(({ instance }) => instance)

const backoffMs = { first: 100, longest: 5_000 }

export function createFeed(options: {
  source: RouteSource
  table: RouteTable
  tokens: Tokens
  targets: Targets
  traffic: Traffic
  clock: Clock
  log: Log
  directory: string
  onNetworks(networks: readonly Network[]): void
}): Feed {
  const { source, table, tokens, targets, traffic, clock, log } = options
  const routerId = newId('rtr')
  const state = createFeedState()
  const copy = createTableCopy(options.directory, state.whole, log)
  const closing = new AbortController()
  const reporter = createReporter<ReportRoutesRequest>({ read: readReport, tell: source.report })
  const trafficReporter = createTrafficReporter({ traffic, watched: () => watched, tell: tellTraffic })
  let routes = new Map<string, Route>()
  let draining: string[] = []
  let watched = false
  let loaded = false
  let keys = ''
  let watching: Promise<void> = Promise.resolve()

  /** Throws before anything changed, or changes everything. */
  function apply(message: WatchRoutesResponse): void {
    const fresh = message.routes.map((wire) => readRoute(wire, routes.get(keyOf(wire)), log))
    table.apply({
      snapshot: message.snapshot,
      removeNamespaces: message.removedNamespaces,
      removeRoutes: message.removedRoutes,
      namespaces: message.namespaces.map(({ name }) => name),
      routes: fresh,
    })
    state.merge(message, clock.now().getTime())
    routes = new Map(table.list().map((route) => [keyOf(route), route]))
    const all = [...routes.values()]
    draining = all.flatMap((route) => route.draining)
    targets.retain(new Set([...draining, ...all.flatMap(instancesOf)]))
    watched = all.some(({ canary }) => canary !== undefined)
    tokens.setRevoked(state.revokedSessions(clock.now().getTime()))
    applyKeys()
    options.onNetworks(readNetworks(state.namespaces.values()))
    loaded = true
  }

  function applyKeys(): void {
    if (state.jwks === keys) return
    try {
      tokens.setKeys(state.jwks)
      keys = state.jwks
    } catch (err) {
      log.error({ err }, 'the keys of access tokens cannot be read; those of before stay')
    }
  }

  async function watch(): Promise<void> {
    let pauseMs = backoffMs.first
    let version = state.version
    while (!closing.signal.aborted) {
      // Whoever answers now may not know what its predecessor was told.
      if (loaded) reporter.again()
      try {
        for await (const message of source.watch({ routerId, version }, closing.signal)) {
          apply(message)
          version = state.version
          pauseMs = backoffMs.first
          copy.save()
          reporter.again()
        }
      } catch (err) {
        if (closing.signal.aborted) return
        const refused = err instanceof PlatformError
        if (refused) log.error({ err }, 'routes that cannot be applied; the table stays as it was')
        else log.debug({ err }, 'the control plane does not tell routes at the moment')
        // What could not be applied may stand on something that we missed: next time we ask for all of it.
        version = refused ? 0n : state.version
      }
      await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => {})
      pauseMs = Math.min(pauseMs * 2, backoffMs.longest)
    }
  }

  async function tellTraffic(sequence: bigint, counted: readonly ReleaseTraffic[], signal: AbortSignal): Promise<void> {
    const releases = counted.map(({ requests, errors, latencyBuckets, ...release }) => ({
      ...release,
      requests: BigInt(requests),
      errors: BigInt(errors),
      latencyBuckets: latencyBuckets.map(BigInt),
    }))
    await source.reportTraffic(create(ReportTrafficRequestSchema, { routerId, sequence, releases }), signal)
  }

  function readReport(): { state: ReportRoutesRequest; text: string } {
    const inFlight = draining.map((instance) => ({ instance, requests: targets.inFlight(instance) })).filter(({ requests }) => requests > 0)
    const report = create(ReportRoutesRequestSchema, { routerId, version: state.version, inFlight })
    return { state: report, text: `${state.version} ${inFlight.map(({ instance, requests }) => `${instance}=${requests}`).join(' ')}` }
  }

  return {
    async start() {
      const saved = await copy.load()
      try {
        if (saved !== undefined) apply(saved)
      } catch (err) {
        log.warn({ err }, 'the copy of the route table cannot be used')
      }
      watching = watch()
    },
    loaded: () => loaded,
    inFlightChanged() {
      if (draining.length > 0) reporter.changed()
    },
    trafficChanged: trafficReporter.changed,
    async close() {
      closing.abort()
      await watching
      trafficReporter.close()
      await reporter.close()
      await copy.close()
    },
  }
}
