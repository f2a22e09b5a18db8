/** What a release was asked while it was watched. */
export type Traffic = {
  requests: number
  errors: number
  /** Bucket i counts requests below 2^(i/2) ms that are in no earlier one. */
  latencyBuckets: readonly number[]
}

/** It is asked again and again while requests come, so one look may be wrong much more seldom than a single test's usual 5 %. */
const errorChance = 0.001
const fewestErrors = 3
/** With fewer requests of the live release nothing can be compared. */
const fewestToCompare = 20
const fewestForLatency = 100
const slowerBy = { factor: 2, ms: 20 }

/**
 * Why the canary is worse than the live release, as a clause; undefined while nothing says so. Errors: Fisher's exact test, one-sided (R. A.
 * Fisher, 1922), for "a request to the canary fails more often". Latency: the 90th percentile is more than twice as long and 20 ms longer.
 */
export function worseThan(live: Traffic, canary: Traffic): string | undefined {
  if (canary.errors >= fewestErrors) {
    const comparable = live.requests >= fewestToCompare
    const failing = comparable ? fisher(live, canary) < errorChance : canary.errors * 2 > canary.requests
    if (failing) return `${shareOf(canary)} failed${comparable ? `, and of the live release's ${shareOf(live)}` : ''}`
  }
  if (Math.min(live.requests, canary.requests) < fewestForLatency) return undefined
  const [before, now] = [percentileMs(live, 0.9), percentileMs(canary, 0.9)]
  if (now <= before * slowerBy.factor || now <= before + slowerBy.ms) return undefined
  return `nine of ten of its requests took up to ${Math.round(now)} ms, and of the live release's up to ${Math.round(before)} ms`
}

const shareOf = ({ requests, errors }: Traffic): string =>
  `${errors} of ${requests} requests (${((100 * errors) / Math.max(requests, 1)).toFixed(1)} %)`

/** How likely the canary had at least so many of all errors if both failed equally often: the tail of the hypergeometric distribution. */
function fisher(live: Traffic, canary: Traffic): number {
  const errors = live.errors + canary.errors
  const requests = live.requests + canary.requests
  const all = logChoose(requests, canary.requests)
  let chance = 0
  for (let k = canary.errors; k <= Math.min(errors, canary.requests); k++) {
    chance += Math.exp(logChoose(errors, k) + logChoose(requests - errors, canary.requests - k) - all)
  }
  return chance
}

const logChoose = (n: number, k: number): number =>
  k < 0 || k > n ? Number.NEGATIVE_INFINITY : logFactorial(n) - logFactorial(k) - logFactorial(n - k)

/** Stirling's series (Abramowitz and Stegun, 6.1.41), exact to 1e-9 from 8 on; below, the product. */
function logFactorial(n: number): number {
  if (n < 8) {
    let product = 1
    for (let i = 2; i <= n; i++) product *= i
    return Math.log(product)
  }
  const x = n + 1
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5)
}

/** Upper bound of the bucket in which the percentile lies. */
function percentileMs({ latencyBuckets }: Traffic, share: number): number {
  const rank = share * latencyBuckets.reduce((sum, count) => sum + count, 0)
  let bucket = 0
  for (let seen = latencyBuckets[0] ?? 0; seen < rank; seen += latencyBuckets[bucket] ?? 0) bucket++
  return 2 ** (bucket / 2)
}
