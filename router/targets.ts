import type { GrpcTarget } from './grpc-target.ts'
import { createGrpcTarget } from './grpc-target.ts'
import { createHttpTarget, type HttpTarget } from './http-target.ts'
import type { Limits } from './limits.ts'
import type { Upstream } from './table.ts'
import { createInFlight, type InFlight } from './target.ts'

/** The instances that the route table knows, with their connections and what is in flight to them. */
export interface Targets {
  http(upstream: Upstream): HttpTarget
  grpc(upstream: Upstream): GrpcTarget
  inFlight(instance: string): number
  /** Counts something that no target sent itself, such as a WebSocket. */
  hold(instance: string): () => void
  /** Lets go of instances that are neither named nor in use. */
  retain(instances: ReadonlySet<string>): void
  close(): void
}

type Entry = { inFlight: InFlight; http?: { key: string; target: HttpTarget }; grpc?: { key: string; target: GrpcTarget } }

export function createTargets(options: { limits: Limits; onChange(): void }): Targets {
  const entries = new Map<string, Entry>()
  const { connectMs, bodyBytes } = options.limits
  let retained: ReadonlySet<string> = new Set()

  const entry = (instance: string): Entry => {
    const known = entries.get(instance)
    if (known !== undefined) return known
    const created: Entry = {
      inFlight: createInFlight(() => {
        options.onChange()
        if (created.inFlight.count === 0 && !retained.has(instance)) forget(instance, created)
      }),
    }
    entries.set(instance, created)
    return created
  }

  function forget(instance: string, { http, grpc }: Entry): void {
    entries.delete(instance)
    // Not at once: what has just ended may still be handing its connection back.
    setImmediate(() => {
      http?.target.close()
      grpc?.target.close()
    })
  }

  return {
    http(upstream) {
      const of = entry(upstream.instance)
      const key = addressKey(upstream)
      if (of.http?.key !== key) of.http = { key, target: createHttpTarget(upstream, of.inFlight, connectMs) }
      return of.http.target
    },
    grpc(upstream) {
      const of = entry(upstream.instance)
      const key = addressKey(upstream)
      if (of.grpc?.key !== key) of.grpc = { key, target: createGrpcTarget(upstream, of.inFlight, { connectMs, messageBytes: bodyBytes }) }
      return of.grpc.target
    },
    inFlight: (instance) => entries.get(instance)?.inFlight.count ?? 0,
    hold: (instance) => entry(instance).inFlight.hold(),
    retain(instances) {
      retained = instances
      for (const [instance, each] of entries) if (!instances.has(instance) && each.inFlight.count === 0) forget(instance, each)
    },
    close() {
      for (const [instance, each] of entries) forget(instance, each)
    },
  }
}

const addressKey = ({ host, port }: Upstream): string => `${host} ${port}`
