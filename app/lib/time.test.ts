import { expect, test } from 'vitest'
import { ago, between, clock } from './time.ts'

const now = Date.parse('2026-11-23T20:15:00.000Z')
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString()

test('a time is told as people say it', () => {
  expect(ago(before(3), now)).toBe('just now')
  expect(ago(before(47), now)).toBe('40 s ago')
  expect(ago(before(61), now)).toBe('1 min ago')
  expect(ago(before(3 * 3600 + 5), now)).toBe('3 h ago')
  expect(ago(before(86_400), now)).toBe('1 day ago')
  expect(ago(before(12 * 86_400), now)).toBe('12 days ago')
  expect(ago(before(40 * 86_400), now)).toBe('2026-10-14')
})

test('a time slightly in the future, by clocks that differ, is now', () => {
  expect(ago(before(-2), now)).toBe('just now')
})

test('a duration is told with as much precision as it deserves', () => {
  expect(between(before(0.42), before(0))).toBe('420 ms')
  expect(between(before(3.1), before(0))).toBe('3.1 s')
  expect(between(before(125), before(0))).toBe('2 min 5 s')
})

test('the clock of a log line has milliseconds', () => {
  expect(clock('2026-11-23T20:15:07.042Z')).toMatch(/^\d\d:15:07\.042$/)
})
