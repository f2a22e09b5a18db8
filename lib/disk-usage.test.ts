import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { diskUsage, freeBytes } from './disk-usage.ts'

test('counts what files take, and one that two names share once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'micro-usage-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await mkdir(join(directory, 'a'))
  await writeFile(join(directory, 'a', 'file'), Buffer.alloc(1024 * 1024, 1))
  const before = await diskUsage(directory)
  expect(before).toBeGreaterThanOrEqual(1024 * 1024)
  await link(join(directory, 'a', 'file'), join(directory, 'again'))
  expect(await diskUsage(directory)).toBeLessThan(before + 64 * 1024)
  expect(await diskUsage(join(directory, 'nothing'))).toBe(0)
})

test('tells what is free where a path lies', async () => {
  const { free, total } = await freeBytes(tmpdir())
  expect(free).toBeGreaterThan(0)
  expect(total).toBeGreaterThan(free)
})
