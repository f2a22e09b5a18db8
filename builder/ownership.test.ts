import { lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { lstat, mkdir, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { limits, nodeDirectory, removeDirectory, temporaryDirectory, testUser } from '../testing/builds.ts'
import { cachedStep } from './cached-step.ts'
import { createCommandJob } from './commands.ts'
import { giveTo } from './ownership.ts'
import type { Plan } from './plan.ts'

let root: string
beforeEach(async () => {
  root = await temporaryDirectory('micro-ownership-')
})
afterEach(() => removeDirectory(root))

test.runIf(testUser)('a tree is given from the bottom up: nothing of it can be exchanged before it is given', async () => {
  const tree = join(root, 'tree')
  const files = Array.from({ length: 30 }, (_, i) => [`${i}/a`, `${i}/b`]).flat()
  for (const [index, file] of files.entries()) {
    if (index % 2 === 0) mkdirSync(join(tree, file, '..'), { recursive: true })
    writeFileSync(join(tree, file), 'x')
  }
  let done = false
  const given = giveTo(tree, testUser ?? { uid: 0, gid: 0 }).finally(() => {
    done = true
  })
  const uid = (path: string) => lstatSync(join(tree, path)).uid
  while (!done) {
    const early = ['', ...files.map((file) => join(file, '..'))].filter((folder) => uid(folder) === testUser?.uid)
    for (const folder of early)
      for (const file of files) if (folder === '' || file.startsWith(`${folder}/`)) expect(uid(file)).toBe(testUser?.uid)
    await setImmediate()
  }
  await given
  expect(files.every((file) => uid(file) === testUser?.uid)).toBe(true)
})

test('a step that leaves a link in the place of its result hands out nothing behind it', async () => {
  const secrets = join(root, 'secrets')
  mkdirSync(secrets, { mode: 0o700 })
  writeFileSync(join(secrets, 'key'), 'secret', { mode: 0o600 })
  const [scratch, cache, directory] = ['scratch', 'cache', 'source'].map((name) => join(root, name)) as [string, string, string]
  for (const path of [scratch, cache, directory]) await mkdir(path)
  const machine = { path: `${nodeDirectory}:/usr/bin:/bin`, user: testUser, environment: {}, prlimit: undefined }
  const job = createCommandJob(machine, { scratch, cache }, { signal: new AbortController().signal, onLog: () => {}, limits })
  const step = { title: 'install', commands: [`ln -s ${secrets} made`], cache: { directory: 'made', inputs: [], key: [] } }
  const plan: Plan = { detected: 'x', steps: [step], programs: [], env: {}, bases: { build: 'node', run: 'node' } }
  await expect(cachedStep(job, plan, step, directory)).rejects.toMatchObject({ details: { reason: 'BUILD_FAILED' } })
  expect(await readdir(directory)).toEqual([])
  await job.close()
  expect(await readdir(secrets)).toEqual(['key'])
  expect((await lstat(secrets)).uid).toBe(process.getuid?.())
  await expect(readlink(join(cache, 'made'))).rejects.toThrow('ENOENT')
})
