import { createHash } from 'node:crypto'
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Blobs } from '../storage/blobs.ts'
import { createDiskBlobs } from '../storage/disk.ts'
import { type ManifestFile, materialise } from './source.ts'

let directory: string
let blobs: Blobs
let into: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'micro-source-'))
  blobs = await createDiskBlobs(join(directory, 'blobs'))
  into = join(directory, 'into')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const namespaceId = 'ns_a'
const limits = { files: 5, fileBytes: 100, totalBytes: 150 }
const sha256 = createHash('sha256').update('x').digest('hex')
const file = (path: string, more: Partial<ManifestFile> = {}): ManifestFile => ({ path, sha256, size: 1, executable: false, ...more })
const link = (path: string, target: string): ManifestFile => ({ path, size: 0, executable: false, link: target })

async function store(path: string, content: string): Promise<ManifestFile> {
  const hash = createHash('sha256').update(content).digest('hex')
  async function* bytes() {
    yield Buffer.from(content)
  }
  await blobs.put(namespaceId, hash, bytes(), { maxBytes: 1000 })
  return { path, sha256: hash, size: content.length, executable: path.endsWith('.sh') }
}

test('writes files, folders, modes and links', async () => {
  const manifest = [
    await store('a/b/c.txt', 'deep'),
    await store('run.sh', '#!/bin/sh'),
    await store('a/z', ''),
    link('a/link', '../run.sh'),
  ]
  await materialise(manifest, { blobs, namespaceId, into, limits })
  expect(await readFile(join(into, 'a/b/c.txt'), 'utf8')).toBe('deep')
  expect((await lstat(join(into, 'run.sh'))).mode & 0o777).toBe(0o755)
  expect((await lstat(join(into, 'a/z'))).mode & 0o777).toBe(0o644)
  expect(await readlink(join(into, 'a/link'))).toBe('../run.sh')
})

test('hundreds of files at once', async () => {
  const manifest = await Promise.all(Array.from({ length: 300 }, (_, index) => store(`f${index % 7}/${index}`, `content ${index}`)))
  await materialise(manifest, { blobs, namespaceId, into })
  expect((await readdir(into, { recursive: true })).length).toBe(307)
})

test.each<[string, ManifestFile[], string]>([
  ['an absolute path', [file('/etc/passwd')], '"/etc/passwd" is no path of a source'],
  ['a path upwards', [file('a/../../b')], '"a/../../b" is no path of a source'],
  ['a link out of the tree', [link('a/b', '../../etc/passwd')], 'The link a/b points out of the source, to ../../etc/passwd'],
  ['an absolute link', [link('b', '/etc/passwd')], 'The link b points out of the source'],
  ['a path that stands twice', [file('a'), file('a')], 'a stands twice in the source.'],
  ['a file where a directory is', [file('a/b'), file('a')], 'a is both a file and a directory of the source.'],
  ['a file below a link', [link('a', 'c'), file('a/b')], 'a is both a file and a directory of the source.'],
  ['a file that is too large', [file('big', { size: 101 })], 'big has 101 bytes; a file may have at most 100.'],
  ['too much altogether', [file('a', { size: 90 }), file('b', { size: 90 })], 'with b it exceeds 150 bytes.'],
  ['too many files', ['1', '2', '3', '4', '5', '6'].map((name) => file(name)), 'The source has 6 files; at most 5 are allowed.'],
  ['an empty source', [], 'The source is empty'],
  ['a hash that is a path', [file('a', { sha256: '../../x' })], '"a" has no SHA-256.'],
])('refuses %s and writes nothing', async (_, manifest, message) => {
  await expect(materialise(manifest, { blobs, namespaceId, into, limits })).rejects.toThrow(message)
  expect(await readdir(directory)).toEqual(['blobs'])
})

test('names content that was never uploaded', async () => {
  await expect(materialise([file('a')], { blobs, namespaceId, into })).rejects.toMatchObject({ code: 'not_found' })
})
