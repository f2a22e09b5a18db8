import { expect, test } from 'vitest'
import { worseThan } from './judge.ts'

const traffic = (requests: number, errors: number, ms = 4) => {
  const bucket = Math.floor(2 * Math.log2(ms)) + 1
  return { requests, errors, latencyBuckets: Array.from({ length: 35 }, (_, i) => (i === bucket ? requests : 0)) }
}

test('a canary that fails as seldom as the live release is not worse', () => {
  expect(worseThan(traffic(900, 9), traffic(100, 1))).toBeUndefined()
  expect(worseThan(traffic(900, 9), traffic(100, 4))).toBeUndefined()
  expect(worseThan(traffic(9000, 900), traffic(1000, 110))).toBeUndefined()
})

test('a canary that fails more often is worse, and the reason has both shares', () => {
  expect(worseThan(traffic(900, 9), traffic(100, 10))).toBe(
    "10 of 100 requests (10.0 %) failed, and of the live release's 9 of 900 requests (1.0 %)",
  )
  expect(worseThan(traffic(90, 0), traffic(10, 5))).toMatch(/^5 of 10 requests \(50\.0 %\) failed/)
})

test('one or two errors say nothing, and neither does an error that many requests share', () => {
  expect(worseThan(traffic(100, 0), traffic(2, 2))).toBeUndefined()
  expect(worseThan(traffic(100, 100), traffic(10, 10))).toBeUndefined()
})

test('without requests of the live release a canary is worse when most of its own fail', () => {
  expect(worseThan(traffic(0, 0), traffic(4, 3))).toBe('3 of 4 requests (75.0 %) failed')
  expect(worseThan(traffic(0, 0), traffic(10, 3))).toBeUndefined()
})

test('a canary that is much slower is worse, once there are enough requests of both', () => {
  expect(worseThan(traffic(900, 0, 10), traffic(100, 0, 100))).toBe(
    "nine of ten of its requests took up to 128 ms, and of the live release's up to 11 ms",
  )
  expect(worseThan(traffic(900, 0, 10), traffic(99, 0, 100))).toBeUndefined()
  expect(worseThan(traffic(900, 0, 10), traffic(100, 0, 20))).toBeUndefined()
})

test('the chance is that of the hypergeometric distribution, as tables give it', () => {
  // Fisher's lady tasting tea: all four of four right is 1 in 70, which is more likely than what is called worse.
  expect(worseThan(traffic(20, 0), traffic(4, 4))).toMatch(/^4 of 4/) // 1 in 10,626
  expect(worseThan(traffic(20, 2), traffic(10, 5))).toBeUndefined() // 1.9 %
})
