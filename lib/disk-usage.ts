import { lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** What the files below a path take on the disk; one that several names share counts once. What is not there takes nothing. */
export async function diskUsage(path: string, counted: Set<string> = new Set()): Promise<number> {
  const stats = await lstat(path).catch(() => undefined) // gone meanwhile
  if (stats === undefined) return 0
  const inode = `${stats.dev}:${stats.ino}`
  if (counted.has(inode)) return 0
  if (stats.nlink > 1) counted.add(inode)
  let bytes = stats.blocks * 512
  if (!stats.isDirectory()) return bytes
  for (const name of await readdir(path).catch(() => [])) bytes += await diskUsage(join(path, name), counted)
  return bytes
}

/** What others than root may still write to the file system that holds the path. */
export async function freeBytes(path: string): Promise<{ free: number; total: number }> {
  const { bavail, blocks, bsize } = await statfs(path)
  return { free: bavail * bsize, total: blocks * bsize }
}
