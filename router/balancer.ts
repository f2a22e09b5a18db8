import { setTimeout as sleep } from 'node:timers/promises'
import type { Upstream } from './table.ts'
import { NotSent } from './target.ts'

const pauseMs = 50

/** Spreads requests over instances: the one with the fewest in flight, and those that have equally many in turn. */
export interface Balancer {
  pick(upstreams: readonly Upstream[], avoid?: ReadonlySet<string>): Upstream | undefined
  /**
   * Sends to an instance that takes it. As long as nothing was sent others are tried, then all again, for `connectMs`;
   * `upstreams` is asked each time, for the table may have changed meanwhile.
   * @throws NotSent when none took it in time
   */
  send<Sent>(upstreams: () => readonly Upstream[], attempt: (upstream: Upstream) => Promise<Sent>, signal: AbortSignal): Promise<Sent>
}

export function createBalancer(options: { inFlight(instance: string): number; connectMs: number }): Balancer {
  let turn = 0

  function pick(upstreams: readonly Upstream[], avoid?: ReadonlySet<string>): Upstream | undefined {
    let best: Upstream | undefined
    let fewest = Number.POSITIVE_INFINITY
    const first = turn++
    for (let i = 0; i < upstreams.length; i++) {
      const upstream = upstreams[(first + i) % upstreams.length]
      if (upstream === undefined || avoid?.has(upstream.instance)) continue
      const count = options.inFlight(upstream.instance)
      if (count >= fewest) continue
      best = upstream
      fewest = count
    }
    return best
  }

  async function send<Sent>(upstreams: () => readonly Upstream[], attempt: (upstream: Upstream) => Promise<Sent>, signal: AbortSignal) {
    const deadline = Date.now() + options.connectMs
    const failed = new Set<string>()
    let failure = new NotSent(new Error('There is no instance.'))
    for (;;) {
      const upstream = pick(upstreams(), failed)
      if (upstream === undefined) {
        if (Date.now() >= deadline || signal.aborted) throw failure
        await sleep(pauseMs)
        failed.clear()
        continue
      }
      try {
        return await attempt(upstream)
      } catch (error) {
        if (!(error instanceof NotSent)) throw error
        failure = error
        failed.add(upstream.instance)
      }
    }
  }

  return { pick, send }
}
