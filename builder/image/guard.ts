import { randomUUID } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { PlatformError } from '../../lib/errors.ts'
import { sizeUpTo } from '../disk.ts'
import { diskFull, type Job } from '../job.ts'
import { type BuildContainer, containersOf } from './containers.ts'

/** Looks after the commands of one build, which run in containers that the engine makes for it. */
export type Guard = {
  /** A host name that every command of the build is told to need no proxy: by it they are known. It decides nothing about caches. */
  mark: string
  /** Aborts when the build fills the disk. */
  stop: AbortSignal
  /** Resolves when no command of the build is left. */
  end(): Promise<void>
}

const everyMs = 1000
const goneWithinMs = 15_000
/** So much is left to services and the database. */
const spareBytes = 512 * 2 ** 20

/**
 * The engine limits nothing that a build writes, and ends its containers a moment after its client is gone. Both are seen in its directory, which
 * only root can read: others guard nothing.
 */
export function guardBuild(job: Job, engineRoot: string): Guard {
  const mark = `${randomUUID()}.micro-build.invalid`
  const full = new AbortController()
  const seen = new Map<string, BuildContainer>()
  /** Caches hold what earlier builds left: only what is added counts. */
  const before = new Map<string, number>()
  const limit = job.limits.artifactBytes * 2
  let ended = false

  const written = async (): Promise<number> => {
    let bytes = 0
    const containers = [...seen.values()]
    for (const layer of new Set(containers.map((container) => container.layer))) if (layer) bytes += await sizeUpTo(layer, limit)
    for (const kept of new Set(containers.flatMap(({ kept }) => kept))) {
      const size = await sizeUpTo(kept, limit + (before.get(kept) ?? Number.POSITIVE_INFINITY))
      if (!before.has(kept)) before.set(kept, size)
      bytes += Math.max(0, size - (before.get(kept) ?? 0))
    }
    return bytes
  }
  const look = async () => {
    for (const container of await containersOf(engineRoot, mark, seen)) seen.set(container.id, container)
    const { bavail, bsize } = await statfs(engineRoot)
    if (bavail * bsize < spareBytes) full.abort(machineFull())
    else if ((await written()) > limit) full.abort(diskFull(job.limits))
  }
  const watch = async () => {
    while (!ended && !full.signal.aborted) {
      const since = performance.now()
      // A container may end while it is looked at; without its directory nothing can be seen at all.
      await look().catch(() => undefined)
      await pause(Math.max(everyMs, 5 * (performance.now() - since)), undefined, { ref: false })
    }
  }
  void watch()

  return {
    mark,
    stop: full.signal,
    async end() {
      ended = true
      const deadline = Date.now() + goneWithinMs
      while ((await containersOf(engineRoot, mark, new Map())).length > 0 && Date.now() < deadline) await pause(50)
    },
  }
}

const machineFull = () =>
  new PlatformError('resource_exhausted', "The build was stopped: the server's disk is nearly full.", {
    reason: 'DISK_FULL',
    hint: 'The operator has to make room on it.',
  })
