import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDiskBlobs } from './disk.ts'
import { blobsSuite } from './suite.ts'

blobsSuite('disk', createDiskBlobs)

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'micro-disk-blobs-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const hash = createHash('sha256').update('good').digest('hex')
async function* good() {
  yield Buffer.from('good')
}

test('a process killed in the middle of an upload leaves nothing that is taken for stored', async () => {
  const script = `
    const { createDiskBlobs } = await import(${JSON.stringify(join(import.meta.dirname, 'disk.ts'))})
    const blobs = await createDiskBlobs(${JSON.stringify(directory)})
    async function* bytes() { yield Buffer.from('go'); process.stdout.write('half'); await new Promise(() => setInterval(() => {}, 1000)) }
    await blobs.put('ns_a', ${JSON.stringify(hash)}, bytes(), { maxBytes: 100 })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const blobs = await createDiskBlobs(directory)
  expect(await blobs.missing('ns_a', [hash])).toEqual([hash])
  await blobs.put('ns_a', hash, good(), { maxBytes: 100 })
  expect(await blobs.missing('ns_a', [hash])).toEqual([])
})

test('temporary files older than an hour are removed when it starts, younger ones stay', async () => {
  await createDiskBlobs(directory)
  const temporary = join(directory, '.temporary')
  const longAgo = new Date(Date.now() - 61 * 60 * 1000)
  await writeFile(join(temporary, 'old'), '')
  await utimes(join(temporary, 'old'), longAgo, longAgo)
  await writeFile(join(temporary, 'young'), '')
  await createDiskBlobs(directory)
  expect(await readdir(temporary)).toEqual(['young'])
})

test('content damaged on the disk is noticed, removed and asked for again', async () => {
  const blobs = await createDiskBlobs(directory)
  await blobs.put('ns_a', hash, good(), { maxBytes: 100 })
  await writeFile(join(directory, 'ns_a', hash.slice(0, 2), hash), 'evil')
  await expect(blobs.copyTo('ns_a', hash, join(directory, 'copy'), 0o644)).rejects.toMatchObject({ code: 'not_found' })
  await expect(stat(join(directory, 'copy'))).rejects.toThrow('ENOENT')
  expect(await blobs.missing('ns_a', [hash])).toEqual([hash])
})
