import { expect, test } from 'vitest'
import { together } from './together.ts'

test('the first failure is thrown after the others, told to give up, have done so', async () => {
  const failure = new AbortController()
  let ended = false
  const other = new Promise<void>((resolve) =>
    failure.signal.addEventListener('abort', () =>
      setImmediate(() => {
        ended = true
        resolve()
      }),
    ),
  )
  await expect(together([other, Promise.reject(new Error('first'))], failure)).rejects.toThrow('first')
  expect(ended).toBe(true)
})

test('nothing is told to give up when all succeed', async () => {
  const failure = new AbortController()
  await together([Promise.resolve(1), Promise.resolve(2)], failure)
  expect(failure.signal.aborted).toBe(false)
})
