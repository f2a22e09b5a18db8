const firstMs = 1000
const longestMs = 60_000
/** A run this long is no crash loop. */
const forgottenAfterMs = 60_000

/** The pause before an instance is started again, and the failures in a row to remember for the next one. */
export function nextPause(failures: number, ranMs: number): { pauseMs: number; failures: number } {
  const before = ranMs >= forgottenAfterMs ? 0 : failures
  return { pauseMs: Math.min(longestMs, firstMs * 2 ** Math.min(before, 10)), failures: before + 1 }
}
