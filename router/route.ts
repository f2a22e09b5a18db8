import {
  Protocol,
  type Canary as WireCanary,
  type Route as WireRoute,
  type Upstream as WireUpstream,
} from '../gen/proto/micro/router/v1/router_pb.ts'
import type { Log } from '../lib/log.ts'
import { type Descriptors, readDescriptors } from './descriptors.ts'
import type { Canary, Route, Upstream } from './table.ts'

/** A route as it comes over the wire. What was read from the same descriptors before is used again. */
export function readRoute(wire: WireRoute, before: Route | undefined, log: Log): Route {
  return {
    namespace: wire.namespace,
    service: wire.service,
    release: wire.release,
    protocol: wire.protocol === Protocol.GRPC ? 'grpc' : 'http',
    public: wire.public,
    upstreams: wire.upstreams.map(readUpstream),
    canary: readCanary(wire.canary, before?.canary),
    unavailableReason: wire.unavailableReason,
    draining: wire.draining,
    descriptors: descriptors(wire, before?.descriptors, log),
  }
}

const readUpstream = ({ instance, host, port }: WireUpstream): Upstream => ({ instance, host, port })

/** The same object as long as it is the same canary: what was counted towards its share goes on. */
function readCanary(wire: WireCanary | undefined, before: Canary | undefined): Canary | undefined {
  if (wire === undefined) return undefined
  const { id, release, percent } = wire
  const canary = { id, release, percent, upstreams: wire.upstreams.map(readUpstream) }
  return JSON.stringify(canary) === JSON.stringify(before) ? before : canary
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
