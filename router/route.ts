import { Protocol, type Route as WireRoute } from '../gen/proto/micro/router/v1/router_pb.ts'
import type { Log } from '../lib/log.ts'
import { type Descriptors, readDescriptors } from './descriptors.ts'
import type { Route } from './table.ts'

/** A route as it comes over the wire. What was read from the same descriptors before is used again. */
export function readRoute(wire: WireRoute, before: Route | undefined, log: Log): Route {
  return {
    namespace: wire.namespace,
    service: wire.service,
    release: wire.release,
    protocol: wire.protocol === Protocol.GRPC ? 'grpc' : 'http',
    public: wire.public,
    upstreams: wire.upstreams.map(({ instance, host, port }) => ({ instance, host, port })),
    unavailableReason: wire.unavailableReason,
    draining: wire.draining,
    descriptors: descriptors(wire, before?.descriptors, log),
  }
}

function descriptors({ descriptorSet, namespace, service }: WireRoute, before: Descriptors | undefined, log: Log): Descriptors | undefined {
  if (descriptorSet.byteLength === 0) return undefined
  if (before !== undefined && Buffer.compare(before.bytes, descriptorSet) === 0) return before
  try {
    return readDescriptors(descriptorSet)
  } catch (err) {
    // One service that can be called by gRPC only is better than a table that is not kept up.
    log.warn({ err, namespace, service }, 'descriptors cannot be read')
    return undefined
  }
}
