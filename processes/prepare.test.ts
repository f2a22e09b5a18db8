import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../testing/data-directory.ts'
import type { Step } from './prepare/step.ts'
import { prepare } from './prepare.ts'

const quiet = { stage: <T>(_: string, work: () => Promise<T>) => work() }

/** A checkout with one source, and a step that makes `out/copy` of it; `made` counts how often. */
async function checkout() {
  const directory = await temporaryDirectory()
  const source = join(directory, 'in/source')
  await mkdir(join(directory, 'in'))
  await writeFile(source, 'one')
  const counter = { made: 0, fails: false }
  const step: Step = {
    name: 'copy',
    title: 'Copying',
    inputs: ['in/**'],
    stamp: 'out/.made-from',
    async make() {
      counter.made++
      if (counter.fails) throw new Error('no copy')
      await mkdir(join(directory, 'out'), { recursive: true })
      await writeFile(join(directory, 'out/copy'), await readFile(source))
    },
  }
  return { directory, source, counter, run: () => prepare([step], quiet, undefined, directory) }
}

test('what is made is made again only when the content that it was made from has changed', async () => {
  const { directory, source, counter, run } = await checkout()
  await run()
  await run()
  await writeFile(source, 'one')
  await run()
  expect(counter.made).toBe(1)
  await appendFile(source, ' and two')
  await run()
  expect(counter.made).toBe(2)
  expect(await readFile(join(directory, 'out/copy'), 'utf8')).toBe('one and two')
})

test('a new, a renamed and a removed file are changes', async () => {
  const { directory, counter, run } = await checkout()
  await run()
  await writeFile(join(directory, 'in/other'), 'one')
  await run()
  await rm(join(directory, 'in/other'))
  await writeFile(join(directory, 'in/third'), 'one')
  await run()
  await rm(join(directory, 'in/third'))
  await run()
  expect(counter.made).toBe(4)
})

test('output that was removed is made again', async () => {
  const { directory, counter, run } = await checkout()
  await run()
  await rm(join(directory, 'out'), { recursive: true })
  await run()
  expect(counter.made).toBe(2)
})

test('what failed is tried again', async () => {
  const { counter, run } = await checkout()
  counter.fails = true
  await expect(run()).rejects.toThrow('no copy')
  counter.fails = false
  await run()
  expect(counter.made).toBe(2)
})

test('two at once make it once', async () => {
  const { counter, run } = await checkout()
  await Promise.all([run(), run(), run()])
  expect(counter.made).toBe(1)
})
