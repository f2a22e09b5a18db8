import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mapLimited } from './concurrency.ts'

test('keeps the order and the limit', async () => {
  let running = 0
  let most = 0
  const results = await mapLimited([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    most = Math.max(most, ++running)
    for (let turn = 0; turn < 7 - item; turn++) await setImmediate()
    running -= 1
    return item * 10
  })
  expect(results).toEqual([10, 20, 30, 40, 50, 60, 70])
  expect(most).toBe(3)
})

test('begins nothing more after a failure', async () => {
  const begun: number[] = []
  const work = async (item: number) => {
    begun.push(item)
    await setImmediate()
    if (item === 2) throw new Error('no')
  }
  await expect(mapLimited([1, 2, 3, 4, 5, 6], 2, work)).rejects.toThrow('no')
  expect(begun.length).toBeLessThan(6)
})
