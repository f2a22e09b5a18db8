import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { diskUsage } from '../lib/disk-usage.ts'
import { removeTree } from '../lib/remove-tree.ts'

export type Swept = { bytes: number; freedBytes: number }

/**
 * Removes artifacts (`<directory>/<namespace id>/<digest>`) that are not kept and were not used since `before`; with `dryRun` it only counts.
 * Files that several artifacts and caches share count with the first of them, and are free once the last is gone.
 */
export async function sweepArtifacts(
  directory: string,
  kept: (path: string) => boolean,
  { before, dryRun }: { before: Date; dryRun: boolean },
): Promise<Swept> {
  const counted = new Set<string>()
  const paths = await grandchildren(directory)
  // The kept ones first: what they share with others is not freed.
  const ordered = [...paths.filter(kept), ...paths.filter((path) => !kept(path))]
  const swept = { bytes: 0, freedBytes: 0 }
  for (const path of ordered) {
    const bytes = await diskUsage(path, counted)
    swept.bytes += bytes
    if (kept(path) || (await usedAt(path)) >= before.getTime()) continue
    if (!dryRun) await removeTree(path)
    swept.freedBytes += bytes
  }
  return swept
}

/** Removes the caches of namespaces that are gone, and with `all` every cache: the next builds install everything again. */
export async function sweepCaches(
  directory: string,
  exists: (namespaceId: string) => boolean,
  { all, dryRun }: { all: boolean; dryRun: boolean },
): Promise<Swept> {
  const swept = { bytes: 0, freedBytes: 0 }
  for (const namespaceId of await children(directory)) {
    const path = join(directory, namespaceId)
    const bytes = await diskUsage(path)
    swept.bytes += bytes
    if (exists(namespaceId) && !all) continue
    if (!dryRun) await removeTree(path)
    swept.freedBytes += bytes
  }
  return swept
}

const usedAt = async (path: string): Promise<number> => (await stat(path).catch(() => ({ mtimeMs: 0 }))).mtimeMs

const children = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)

async function grandchildren(directory: string): Promise<string[]> {
  const folders = (await children(directory)).map((name) => join(directory, name))
  return (await Promise.all(folders.map(async (folder) => (await children(folder)).map((name) => join(folder, name))))).flat()
}
