import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '../lib/errors.ts'
import { isRecord, readState, reasonOf, writeState } from './state-file.ts'
import type { WalkedFile } from './walk.ts'

/** A file system's clock may stand still this long: a file changed so shortly before it was hashed may change again unnoticed. */
const settledMs = 100
const wholeBytes = 2 ** 20

export type HashedFile = WalkedFile & { sha256: Uint8Array }

/** Hashes files, taking from the cache those whose size, inode and times have not changed since. */
export async function hashFiles(root: string, files: readonly WalkedFile[], cacheDirectory: string): Promise<HashedFile[]> {
  const path = cachePath(root, cacheDirectory)
  const cached = await readCache(path)
  const known: Record<string, [stamp: string, sha256: string]> = {}
  let changed = Object.keys(cached).length !== files.length
  const hashed = await mapLimited(files, 16, async (file) => {
    const entry = cached[file.path]
    const hit = isEntry(entry) && entry[0] === file.stamp
    const startedMs = Date.now()
    const sha256 = hit ? Buffer.from(entry[1], 'hex') : await hashFile(join(root, file.path), file)
    if (!hit) changed = true
    if (hit || startedMs - file.changedAtMs > settledMs) known[file.path] = [file.stamp, sha256.toString('hex')]
    return { ...file, sha256 }
  })
  if (changed) await writeState(path, { root, files: known })
  return hashed
}

async function hashFile(path: string, { size, path: label }: WalkedFile): Promise<Buffer> {
  try {
    const hash = createHash('sha256')
    if (size <= wholeBytes) return hash.update(await readFile(path)).digest()
    for await (const chunk of createReadStream(path, { highWaterMark: wholeBytes })) hash.update(chunk)
    return hash.digest()
  } catch (error) {
    throw new PlatformError('failed_precondition', `${label} can't be read: ${reasonOf(error)}.`, { cause: error })
  }
}

const cachePath = (root: string, cacheDirectory: string) =>
  join(cacheDirectory, 'hashes', `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.json`)

async function readCache(path: string): Promise<Record<string, unknown>> {
  try {
    const state = await readState(path)
    return isRecord(state?.files) ? state.files : {}
  } catch {
    return {} // only a cache: a damaged one is written anew
  }
}

const isEntry = (value: unknown): value is [string, string] =>
  Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string' && /^[0-9a-f]{64}$/.test(value[1])

async function mapLimited<T, R>(items: readonly T[], limit: number, map: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const work = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at]
      if (item !== undefined) results[at] = await map(item)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return results
}
