import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withLock } from './lock.ts'
import { temporaryDirectory } from './testing/cli.ts'

it('lets one in at a time, and leaves nothing behind', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'lock')
  let [inside, most] = [0, 0]
  const enter = () =>
    withLock(path, async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
    })
  await Promise.all(Array.from({ length: 8 }, enter))
  expect(most).toBe(1)
  expect(await readdir(directory.path)).toEqual([])
})

it('is given back when the work fails', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'lock')
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(path, async () => 'in')).toBe('in')
})

it.each([
  ['a process that died', '999999999 x', new Date()],
  ['one that is too old', `${process.pid} x`, new Date(Date.now() - 60_000)],
  ['an empty file', '', new Date()],
])('is taken over from %s, by one of many', async (_, mark, time) => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'lock')
  await writeFile(path, mark)
  await utimes(path, time, time)
  let [inside, most] = [0, 0]
  const enter = () =>
    withLock(path, async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
    })
  await Promise.all(Array.from({ length: 8 }, enter))
  expect(most).toBe(1)
})
