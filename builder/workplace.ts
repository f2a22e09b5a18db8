import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '../lib/errors.ts'
import { removeTree } from '../lib/remove-tree.ts'

/** Where builders keep things, on one file system. */
export type Workplace = {
  /** `<namespace id>/<digest>`: what builds have made. */
  artifactsDirectory: string
  /** `<namespace id>`: what makes the next build of a namespace faster. */
  cacheDirectory: string
}

export type Place = { scratch: string; cache: string }

const abandonedAfterMs = 6 * 60 * 60 * 1000

/**
 * Gives each build a directory of its own, and one of its namespace. What builders that were killed have left goes before the first one.
 * @param before done once, before that
 */
export function openWorkplace({ artifactsDirectory, cacheDirectory }: Workplace, before: () => Promise<void>) {
  const building = join(artifactsDirectory, '.building')
  let ready: Promise<void> | undefined

  const prepare = async () => {
    await Promise.all([mkdir(building, { recursive: true }), mkdir(cacheDirectory, { recursive: true })])
    // Passable, not listable: one tenant cannot find another's folder without knowing its id.
    await Promise.all([artifactsDirectory, cacheDirectory, building].map((directory) => chmod(directory, 0o711)))
    await before()
    for (const name of await readdir(building)) {
      const { mtimeMs } = await stat(join(building, name)).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
      if (Date.now() - mtimeMs > abandonedAfterMs) await removeTree(join(building, name))
    }
  }

  return async (namespaceId: string): Promise<Place> => {
    if (!/^[a-z0-9_]+$/.test(namespaceId))
      throw new PlatformError('invalid_argument', 'A namespace id is lower-case letters, digits and underscores.')
    ready ??= prepare().catch((error: unknown) => {
      ready = undefined
      throw error
    })
    await ready
    const place = { scratch: join(building, randomUUID()), cache: join(cacheDirectory, namespaceId) }
    await Promise.all([place.scratch, place.cache].map((directory) => mkdir(directory, { recursive: true, mode: 0o711 })))
    return place
  }
}
