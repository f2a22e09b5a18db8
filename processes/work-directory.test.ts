import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freshWorkDirectory } from './work-directory.ts'

test('sources of builds are closed to others, and what a killed worker left is gone', async () => {
  const root = await mkdtemp(join(tmpdir(), 'micro-work-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const path = join(root, 'work')
  await mkdir(join(path, 'dep_1-x'), { recursive: true, mode: 0o755 })
  await writeFile(join(path, 'dep_1-x/secret.ts'), 'x')
  expect(await freshWorkDirectory(path)).toBe(path)
  expect(await readdir(path)).toEqual([])
  expect((await stat(path)).mode & 0o777).toBe(0o700)
  await freshWorkDirectory(join(root, 'new'))
  expect((await stat(join(root, 'new'))).mode & 0o777).toBe(0o700)
})
