import type { Clock } from '../lib/clock.ts'

export type TestClock = Clock & { advance(ms: number): void }

/** The real time, plus what the test lets pass. */
export function createTestClock(): TestClock {
  let aheadMs = 0
  return {
    now: () => new Date(Date.now() + aheadMs),
    advance(ms) {
      aheadMs += ms
    },
  }
}
