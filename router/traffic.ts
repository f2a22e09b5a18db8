import type { Route } from './table.ts'

/** What one release was asked since it was last told. */
export type ReleaseTraffic = {
  readonly namespace: string
  readonly service: string
  readonly release: number
  requests: number
  errors: number
  /** Bucket i counts requests below 2^(i/2) ms that are in no earlier one; the last one all others. */
  readonly latencyBuckets: number[]
}

/** 2^(33/2) ms, the bound of the last but one, is 93 s. */
export const latencyBucketCount = 35

/** Splits requests between the live release and a canary, and counts what each was asked. */
export interface Traffic {
  /** Whether the next request is the canary's: of a hundred in a row exactly its percentage are. */
  isCanarys(route: Route): boolean
  record(route: Pick<Route, 'namespace' | 'service'>, release: number, outcome: { failed: boolean; ms: number }): void
  /** All that was counted since the last time. */
  take(): ReleaseTraffic[]
}

export function createTraffic(onRecord: () => void = () => {}): Traffic {
  /** By canary: how much of its next request has come together, in percent. */
  const shares = new WeakMap<object, number>()
  let counted = new Map<string, ReleaseTraffic>()

  const entry = (namespace: string, service: string, release: number): ReleaseTraffic => {
    const key = `${namespace}/${service}/${release}`
    const known = counted.get(key)
    if (known !== undefined) return known
    const created = { namespace, service, release, requests: 0, errors: 0, latencyBuckets: Array<number>(latencyBucketCount).fill(0) }
    counted.set(key, created)
    return created
  }

  return {
    isCanarys({ canary }) {
      if (canary === undefined || canary.upstreams.length === 0) return false
      const share = (shares.get(canary) ?? 0) + canary.percent
      shares.set(canary, share >= 100 ? share - 100 : share)
      return share >= 100
    },
    record({ namespace, service }, release, { failed, ms }) {
      const traffic = entry(namespace, service, release)
      traffic.requests++
      if (failed) traffic.errors++
      const bucket = latencyBucket(ms)
      traffic.latencyBuckets[bucket] = (traffic.latencyBuckets[bucket] ?? 0) + 1
      onRecord()
    },
    take() {
      const taken = [...counted.values()]
      counted = new Map()
      return taken
    },
  }
}

/** Two buckets for each doubling: a percentile read from them is at most 41 % too high. */
export const latencyBucket = (ms: number): number => Math.min(latencyBucketCount - 1, ms < 1 ? 0 : Math.floor(2 * Math.log2(ms)) + 1)
