import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../../testing/data-directory.ts'
import { identify } from '../identity.ts'
import { takeLock } from './lock.ts'

test('a lock that is held names its holder, and is free after its release', async () => {
  const path = join(await temporaryDirectory(), 'lock')
  const lock = await takeLock(path)
  expect(await takeLock(path)).toEqual(await identify(process.pid))
  if ('release' in lock) await lock.release()
  expect(await takeLock(path)).toHaveProperty('release')
})

test('the lock of a process that was killed is free', async () => {
  const path = join(await temporaryDirectory(), 'lock')
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'])
  onTestFinished(() => void holder.kill('SIGKILL'))
  await writeFile(path, JSON.stringify(await identify(holder.pid ?? 0)))
  expect(await takeLock(path)).toMatchObject({ pid: holder.pid })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(await takeLock(path)).toHaveProperty('release')
})

test('a process that only has the number of the one that held it does not hold it', async () => {
  const path = join(await temporaryDirectory(), 'lock')
  await writeFile(path, JSON.stringify({ pid: process.pid, startedAt: '1' }))
  expect(await takeLock(path)).toHaveProperty('release')
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(await identify(process.pid))
})

test('a lock file that was cut short is free', async () => {
  const path = join(await temporaryDirectory(), 'lock')
  await writeFile(path, '{"pid":')
  expect(await takeLock(path)).toHaveProperty('release')
})

test('of many that take over at once, one gets it', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'lock')
  await writeFile(path, JSON.stringify({ pid: process.pid, startedAt: '1' }))
  const taken = await Promise.all(Array.from({ length: 20 }, () => takeLock(path)))
  expect(taken.filter((lock) => 'release' in lock)).toHaveLength(1)
  expect(await readdir(directory)).toEqual(['lock'])
})
