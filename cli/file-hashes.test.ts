import { createHash } from 'node:crypto'
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hashFiles } from './file-hashes.ts'
import { temporaryDirectory, until } from './testing/cli.ts'
import { walk } from './walk.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function hashes(source: string, cache: string): Promise<Record<string, string>> {
  const files = await hashFiles(source, (await walk(source)).files, cache)
  return Object.fromEntries(files.map(({ path, sha256 }) => [path, Buffer.from(sha256).toString('hex')]))
}

async function cacheContent(cache: string): Promise<string> {
  const [name = ''] = await readdir(join(cache, 'hashes'))
  return await readFile(join(cache, 'hashes', name), 'utf8')
}

it('hashes files, and takes those that have not changed from the cache', async () => {
  await using source = await temporaryDirectory()
  await using cache = await temporaryDirectory()
  const file = join(source.path, 'a')
  await writeFile(file, 'one')
  await until(async () => Date.now() - (await stat(file)).ctimeMs > 200)
  expect(await hashes(source.path, cache.path)).toEqual({ a: sha256('one') })

  const [name = ''] = await readdir(join(cache.path, 'hashes'))
  const forged = (await cacheContent(cache.path)).replace(sha256('one'), sha256('forged'))
  await writeFile(join(cache.path, 'hashes', name), forged)
  expect(await hashes(source.path, cache.path)).toEqual({ a: sha256('forged') })
})

it('sees a change that keeps size and modification time', async () => {
  await using source = await temporaryDirectory()
  await using cache = await temporaryDirectory()
  const file = join(source.path, 'a')
  await writeFile(file, 'one')
  await until(async () => Date.now() - (await stat(file)).ctimeMs > 200)
  await hashes(source.path, cache.path)
  const { atime, mtime } = await stat(file)
  await writeFile(file, 'two')
  await utimes(file, atime, mtime)
  expect(await hashes(source.path, cache.path)).toEqual({ a: sha256('two') })
})

it('keeps no hash of a file that was changed only just now, since it may change again unnoticed', async () => {
  await using source = await temporaryDirectory()
  await using cache = await temporaryDirectory()
  await writeFile(join(source.path, 'a'), 'one')
  await hashes(source.path, cache.path)
  expect(await cacheContent(cache.path)).not.toContain(sha256('one'))
})

it('does without a damaged cache', async () => {
  await using source = await temporaryDirectory()
  await using cache = await temporaryDirectory()
  await writeFile(join(source.path, 'a'), 'one')
  await hashes(source.path, cache.path)
  const [name = ''] = await readdir(join(cache.path, 'hashes'))
  await writeFile(join(cache.path, 'hashes', name), '{"files": {"a": [1')
  expect(await hashes(source.path, cache.path)).toEqual({ a: sha256('one') })
})
