import type { Stats } from 'node:fs'
import { chmod, lchown, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Removes a tree in which others may be writing at this moment. Removing goes by paths: whoever may exchange a directory for a link while
 * root walks through it has root remove what the link points to. So root first makes all its directories its own, from the top down: what
 * stands below one that is root's can be exchanged no more. What is not there is removed already.
 */
export async function removeTree(path: string): Promise<void> {
  if (process.getuid?.() === 0) await seal(path)
  await rm(path, { recursive: true, force: true, maxRetries: 3 })
}

async function seal(path: string): Promise<void> {
  const stats = await statusOf(path)
  if (!stats?.isDirectory()) return
  if (stats.uid !== 0) await lchown(path, 0, 0)
  // Unconditionally: its owner may have changed the mode since we looked.
  await chmod(path, 0o700)
  for (const entry of await readdir(path, { withFileTypes: true })) if (entry.isDirectory()) await seal(join(path, entry.name))
}

const statusOf = (path: string): Promise<Stats | undefined> =>
  lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
