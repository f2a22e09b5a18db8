import { expect, test } from 'vitest'
import { createMailboxes } from './mailboxes.ts'

test('keeps a bounded number of messages for a subscriber that takes none, and tells it to look again', async () => {
  const mailboxes = createMailboxes(() => true)
  const left = new AbortController()
  const values = mailboxes.take('news', left.signal)
  expect(await values.next()).toEqual({ done: false, value: undefined })
  for (let number = 0; number <= 100_500; number++) mailboxes.deliver('news', { number })
  const taken: unknown[] = []
  for (let value: unknown; value === undefined || taken.length === 0 || (value as { number: number }).number < 100_500; ) {
    value = (await values.next()).value
    taken.push(value)
  }
  left.abort()
  expect(taken.length).toBeLessThanOrEqual(1_000)
  expect(taken[0]).toBeUndefined()
  expect(await values.next()).toEqual({ done: true, value: undefined })
})
