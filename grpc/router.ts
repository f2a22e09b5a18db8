import type { ServiceImpl } from '@connectrpc/connect'
import { reportRoutes } from '../control/routes/report.ts'
import { reportTraffic } from '../control/routes/report-traffic.ts'
import { type RoutedService, watchRoutes } from '../control/routes/watch.ts'
import {
  Protocol,
  type ReportRoutesRequest,
  type ReportTrafficRequest,
  type RouterService,
  type WatchRoutesRequest,
} from '../gen/proto/micro/router/v1/router_pb.ts'
import type { Rpcs } from './rpc.ts'

export const routerService = ({ unary, serverStream }: Rpcs) =>
  ({
    watchRoutes: serverStream(
      watchRoutes,
      ({ routerId, version }: WatchRoutesRequest) => ({ routerId, version }),
      async function* (all) {
        for await (const { namespaces, routes, ...changes } of all)
          yield {
            ...changes,
            namespaces: namespaces.map(({ id, name, egress, network }) => ({ id, name, egress, ...network })),
            routes: routes.map(toRoute),
          }
      },
    ),
    reportRoutes: unary(
      reportRoutes,
      ({ routerId, version, inFlight }: ReportRoutesRequest) => ({
        routerId,
        version,
        inFlight: Object.fromEntries(inFlight.map(({ instance, requests }) => [instance, requests])),
      }),
      () => ({}),
    ),
    reportTraffic: unary(
      reportTraffic,
      ({ routerId, sequence, releases }: ReportTrafficRequest) => ({ routerId, sequence, releases }),
      () => ({}),
    ),
  }) satisfies ServiceImpl<typeof RouterService>

const protocols: Record<string, Protocol> = { http: Protocol.HTTP, grpc: Protocol.GRPC }

function toRoute({ name, namespace, public: isPublic, liveRelease, instances, canary, unavailableReason }: RoutedService) {
  const live = instances.filter(({ state, releaseId }) => state === 'READY' && releaseId === liveRelease?.id)
  return {
    namespace: namespace.name,
    service: name,
    release: liveRelease?.version ?? 0,
    protocol: protocols[liveRelease?.protocol ?? ''] ?? Protocol.UNSPECIFIED,
    public: isPublic,
    upstreams: live.flatMap(toUpstream),
    ...(canary ? { canary: { ...canary, upstreams: canary.instances.flatMap(toUpstream) } } : {}),
    unavailableReason: live.length > 0 ? '' : unavailableReason,
    descriptorSet: liveRelease?.descriptors ?? new Uint8Array(),
    draining: instances.filter(({ state }) => state === 'DRAINING').map(({ id }) => id),
  }
}

const toUpstream = ({ id, host, port }: RoutedService['instances'][number]) => (host && port ? [{ instance: id, host, port }] : [])
