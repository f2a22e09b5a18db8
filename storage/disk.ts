import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { chmod, constants, copyFile, mkdir, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { PlatformError } from '../lib/errors.ts'
import { Sha256 } from '../lib/names.ts'
import type { Blobs } from './blobs.ts'

const temporaryMaxAgeMs = 60 * 60 * 1000
const inMemoryBytes = 1024 * 1024
const namespaceIdPattern = /^[a-z0-9_]+$/

/**
 * Blobs as files: `<directory>/<namespace id>/<first two digits>/<hash>`. A blob is written beside them and renamed into place,
 * so what stands under its hash is whole; a copy is checked against its hash, so a damaged disk is noticed, not built.
 */
export async function createDiskBlobs(directory: string): Promise<Blobs> {
  const temporary = join(directory, '.temporary')
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  await removeAbandoned(temporary)

  return {
    async missing(namespaceId, hashes) {
      const missing: string[] = []
      for (const [index, hash] of hashes.entries()) {
        // Synchronous look-ups are ten times cheaper; other work gets its turn in between.
        if (index % 500 === 499) await setImmediate()
        if (!existsSync(pathOf(directory, namespaceId, hash))) missing.push(hash)
      }
      return missing
    },

    async put(namespaceId, hash, bytes, { maxBytes }) {
      const path = pathOf(directory, namespaceId, hash)
      const draft = join(temporary, randomUUID())
      try {
        await writeVerified(draft, hash, bytes, maxBytes)
        await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
        await rename(draft, path)
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
    },

    async copyTo(namespaceId, hash, path, mode) {
      const blob = pathOf(directory, namespaceId, hash)
      const { size } = await stat(blob).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? new PlatformError('not_found', `The content ${hash} isn't stored; upload it first.`) : error
      })
      const copied = size <= inMemoryBytes ? await copySmall(blob, path, mode) : await copyLarge(blob, path)
      await chmod(path, mode)
      if (copied !== hash) {
        await Promise.all([rm(blob, { force: true }), rm(path, { force: true })])
        throw new PlatformError('not_found', `The stored content ${hash} was damaged and has been removed; upload it again.`)
      }
    },

    async namespaces() {
      const entries = await readdir(directory, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory() && namespaceIdPattern.test(entry.name)).map(({ name }) => name)
    },

    async sweep(namespaceId, kept, { before, dryRun }) {
      const folder = join(directory, namespaceIdPattern.test(namespaceId) ? namespaceId : '.none')
      let [bytes, freedBytes] = [0, 0]
      for (const prefix of await readdir(folder).catch(() => [])) {
        for (const hash of await readdir(join(folder, prefix))) {
          const path = join(folder, prefix, hash)
          const { blocks, mtimeMs } = await stat(path)
          bytes += blocks * 512
          if (kept(hash) || mtimeMs >= before.getTime()) continue
          if (!dryRun) await rm(path, { force: true })
          freedBytes += blocks * 512
        }
        if (!dryRun) await rmdir(join(folder, prefix)).catch(() => undefined) // not empty
      }
      if (!dryRun) await rmdir(folder).catch(() => undefined) // not empty, or not there
      return { bytes, freedBytes }
    },
  }
}

function pathOf(directory: string, namespaceId: string, hash: string): string {
  if (!namespaceIdPattern.test(namespaceId) || !Sha256.safeParse(hash).success) {
    throw new PlatformError('invalid_argument', 'Content is named by a namespace id and a lower-case hexadecimal SHA-256.')
  }
  return join(directory, namespaceId, hash.slice(0, 2), hash)
}

async function writeVerified(draft: string, hash: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<void> {
  const file = await open(draft, 'wx', 0o600)
  try {
    const actual = createHash('sha256')
    let size = 0
    for await (const chunk of bytes) {
      size += chunk.length
      if (size > maxBytes) throw new PlatformError('resource_exhausted', `A file may have at most ${maxBytes} bytes.`)
      actual.update(chunk)
      await file.writeFile(chunk)
    }
    if (actual.digest('hex') !== hash) throw new PlatformError('invalid_argument', `The uploaded bytes do not hash to ${hash}.`)
  } finally {
    await file.close()
  }
}

async function copySmall(blob: string, path: string, mode: number): Promise<string> {
  const content = await readFile(blob)
  await writeFile(path, content, { flag: 'wx', mode })
  return createHash('sha256').update(content).digest('hex')
}

async function copyLarge(blob: string, path: string): Promise<string> {
  await copyFile(blob, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** Left by a process that was killed while it wrote; a younger one may still be written by another process. */
async function removeAbandoned(temporary: string): Promise<void> {
  for (const name of await readdir(temporary)) {
    const path = join(temporary, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs > temporaryMaxAgeMs) await rm(path, { force: true })
  }
}
