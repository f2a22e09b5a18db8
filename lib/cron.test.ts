import { describe, expect, test } from 'vitest'
import { nextTime, scheduleProblem } from './cron.ts'

const schedule = (expression: string, timezone = 'UTC') => ({ expression, timezone })

/** The next times in a time zone, from an instant on. */
function times(expression: string, timezone: string, from: string, count: number): string[] {
  const found: string[] = []
  for (let at = new Date(from); found.length < count; ) {
    const next = nextTime(schedule(expression, timezone), at)
    if (!next) break
    at = next
    found.push(next.toISOString().slice(0, 16))
  }
  return found
}

test.each(['* * * * *', '*/15 8-18 * * MON-FRI', '0 0 29 2 *', '30  3 1,15 * *', '0 12 * * 0'])('%j is a schedule', (expression) => {
  expect(scheduleProblem(schedule(expression))).toBeUndefined()
})

test.each([
  ['', /five fields/],
  ['* * * *', /five fields/],
  ['0 * * * * *', /five fields/],
  ['@daily', /five fields/],
  ['60 * * * *', /minute/],
  ['x * * * *', /illegal/],
  ['5/5 * * * *', /stepping/],
  ['0 0 31 2 *', /never/],
])('%j is none', (expression, problem) => {
  expect(scheduleProblem(schedule(expression))).toMatch(problem)
})

test('a time zone is one that exists', () => {
  expect(scheduleProblem(schedule('0 3 * * *', 'Europe/Berlin'))).toBeUndefined()
  for (const name of ['Mars/Olympus', '', 'local']) expect(scheduleProblem(schedule('0 3 * * *', name))).toMatch(/There is no time zone/)
})

describe('the next time', () => {
  test('is after the instant, never at it', () => {
    expect(times('0 * * * *', 'UTC', '2026-11-27T10:00:00Z', 2)).toEqual(['2026-11-27T11:00', '2026-11-27T12:00'])
  })

  test('is by the clocks of the time zone', () => {
    expect(times('0 3 * * *', 'Asia/Kolkata', '2026-11-27T00:00:00Z', 1)).toEqual(['2026-11-27T21:30'])
  })

  test('with both kinds of days is on either of them, as cron has it', () => {
    expect(times('0 0 13 * 5', 'UTC', '2026-11-01T00:00:00Z', 3)).toEqual(['2026-11-06T00:00', '2026-11-13T00:00', '2026-11-20T00:00'])
  })

  test('that the clocks leave out comes right after, and one that comes twice is once', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-30T00:30'])
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30'])
  })

  test('of every quarter of an hour goes on through a change of the clocks', () => {
    expect(times('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', 4)).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:00',
      '2026-10-25T01:30',
      '2026-10-25T02:00',
    ])
  })
})
