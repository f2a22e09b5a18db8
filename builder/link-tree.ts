import { copyFileSync, linkSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'

/**
 * A copy of a directory whose files are hard links to the original's: whole by itself, and made in a fraction of the time.
 * Synchronous calls cost a sixth of asynchronous ones here; other work gets its turn after every folder of some size.
 */
export async function linkTree(from: string, to: string): Promise<void> {
  mkdirSync(to, { mode: 0o755 })
  let done = 0
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(from, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        mkdirSync(join(to, path), { mode: 0o755 })
        folders.push(path)
      } else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(join(from, path)), join(to, path))
      else if (entry.isFile()) linkOrCopy(join(from, path), join(to, path))
      done += 1
    }
    if (done > 400) {
      done = 0
      await setImmediate()
    }
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (lstatSync(to, { throwIfNoEntry: false })) throw error
    // Another file system, or more names than it allows.
    copyFileSync(from, to)
  }
}
