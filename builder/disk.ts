import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const everyMs = 1000

/**
 * Looks from time to time how much a directory holds, and calls once when that is more than the limit: the kernel limits single files only.
 * @returns what ends the watch
 */
export function watchDisk(directory: string, limitBytes: number, onExceeded: () => void): () => void {
  let ended = false
  const look = async () => {
    const exceeded = (await sizeUpTo(directory, limitBytes)) > limitBytes
    if (ended) return
    if (exceeded) onExceeded()
    else timer = setTimeout(look, everyMs)
  }
  let timer = setTimeout(look, everyMs)
  return () => {
    ended = true
    clearTimeout(timer)
  }
}

/** What the files take on the disk, at least one block each; counting stops beyond the limit. */
export async function sizeUpTo(directory: string, limitBytes: number): Promise<number> {
  let bytes = 0
  const folders = [directory]
  for (let folder = folders.pop(); folder !== undefined && bytes <= limitBytes; folder = folders.pop()) {
    for (const entry of await entriesOf(folder)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      // Gone since the folder was read: it takes nothing.
      const stats = await lstat(path).catch(() => undefined)
      bytes += stats ? Math.max(stats.blocks * 512, 512) : 0
      if (bytes > limitBytes) break
    }
  }
  return bytes
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  // Gone, or not for us to read: a build may do as it likes with its own folders.
  return readdir(folder, { withFileTypes: true }).catch(() => [])
}
