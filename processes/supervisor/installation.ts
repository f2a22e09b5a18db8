import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Paths } from '../../config/paths.ts'
import { PlatformError } from '../../lib/errors.ts'
import { ensureDirectory, ensurePrivateDirectory, requireSpace } from '../directories.ts'
import { end } from '../identity.ts'
import { childNames, pidFile } from './children.ts'
import { type Lock, readIdentity, takeLock } from './lock.ts'

/**
 * Takes hold of a data directory: makes it, keeps every other supervisor out, and clears away what one that was killed has left.
 * Instances of services are not touched: they serve on, and the platform finds them again.
 */
export async function holdInstallation(paths: Paths): Promise<Lock> {
  // Root's must be passable for the user that PostgreSQL runs as.
  await ensureDirectory(paths.data, process.getuid?.() === 0 ? 0o711 : 0o700)
  await requireSpace(paths.data)
  await ensurePrivateDirectory(paths.run)
  await ensurePrivateDirectory(paths.logs)
  const lock = await takeLock(lockFile(paths))
  if (!('release' in lock)) {
    throw new PlatformError('failed_precondition', `Micro already runs on ${paths.data} (process ${lock.pid}).`, {
      reason: 'ALREADY_RUNNING',
      hint: 'Stop that one first, or set MICRO_DATA to another directory.',
    })
  }
  await endLeftOvers(paths)
  return lock
}

/** Names the supervisor that holds the data directory. */
export const lockFile = (paths: Paths): string => join(paths.data, 'server.lock')

/** Children end by themselves when their supervisor is gone; one that is slow at it, or stuck, is helped. */
async function endLeftOvers(paths: Paths): Promise<void> {
  await Promise.all(
    childNames.map(async (name) => {
      const left = await readIdentity(pidFile(paths, name))
      if (left && !(await end(left, 'SIGTERM', 4_000))) await end(left, 'SIGKILL', 2_000)
      await rm(pidFile(paths, name), { force: true })
    }),
  )
  await rm(paths.controlSocket, { force: true })
  await rm(paths.consoleSocket, { force: true })
}
