import type { Stats } from 'node:fs'
import { chmod, lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { mapLimited } from '../lib/concurrency.ts'
import type { User } from './programs.ts'

/**
 * Lets the user write into a tree. Files with more than one name are kept caches: those stay whose they are.
 * Goes from the bottom up: a directory that is the user's already could be exchanged for a link by any process of the user, and root would
 * hand out what is behind that.
 */
export async function giveTo(directory: string, user: User): Promise<void> {
  const stats = await lstat(directory)
  if (stats.isDirectory()) await mapLimited(await readdir(directory), 16, (name) => giveTo(join(directory, name), user))
  if (stats.isDirectory() || stats.nlink === 1) await lchown(directory, user.uid, user.gid)
}

/**
 * Makes a tree the platform's again and readable for everyone, and measures it. No process of the user may run any more.
 * Goes from the top down, so that nobody can exchange what was already visited. Only what belongs to the user is touched: a hard link to someone else's file would otherwise hand that file out.
 * @param user absent: only measured, and made readable
 */
export async function takeBack(directory: string, user: User | undefined): Promise<number> {
  const mine = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  let sizeBytes = 0
  await eachEntry(directory, async (path, stats) => {
    sizeBytes += stats.isFile() ? stats.size : 0
    const theirs = user !== undefined && stats.uid === user.uid
    if (theirs) await lchown(path, mine.uid, mine.gid)
    if (stats.isSymbolicLink() || !(theirs || (stats.uid === mine.uid && stats.nlink === 1) || stats.isDirectory())) return
    const mode = stats.isDirectory() || (stats.mode & 0o111) !== 0 ? 0o755 : 0o644
    if (theirs || (stats.mode & 0o7777) !== mode) await chmod(path, mode)
  })
  return sizeBytes
}

async function eachEntry(path: string, visit: (path: string, stats: Stats) => Promise<void>): Promise<void> {
  const stats = await lstat(path)
  await visit(path, stats)
  if (!stats.isDirectory()) return
  const names = await readdir(path)
  await mapLimited(names, 16, (name) => eachEntry(join(path, name), visit))
}
