import { access, chmod, chown, constants, lstat, mkdir, stat, statfs } from 'node:fs/promises'
import { PlatformError } from '../lib/errors.ts'

type Owner = { uid?: number; gid?: number }

const minimumFreeBytes = 64 * 1024 * 1024

/** Makes sure of a directory that we can write and that has this mode. A link to one elsewhere will do. */
export async function ensureDirectory(path: string, mode: number): Promise<void> {
  try {
    refuseKernel(path)
    await mkdir(path, { recursive: true, mode })
    await access(path, constants.W_OK | constants.X_OK)
    if (((await stat(path)).mode & 0o777) !== mode) await chmod(path, mode)
  } catch (error) {
    throw unusable(path, error)
  }
}

/** Node's recursive mkdir never returns below /proc: each name there is missing again once it was made. */
function refuseKernel(path: string): void {
  if (/^\/(proc|sys)(\/|$)/.test(path)) throw Object.assign(new Error('not a disk'), { code: 'EROFS' })
}

/** A directory that nobody but its owner (ours when not given) can enter, not even by having planted it before us. */
export async function ensurePrivateDirectory(path: string, owner: Owner = {}): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const found = await lstat(path)
    if (!found.isDirectory() || ![process.getuid?.(), owner.uid].includes(found.uid)) {
      throw new PlatformError('failed_precondition', `${path} belongs to somebody else.`, {
        hint: 'Remove it, or set MICRO_DATA to another directory.',
      })
    }
    if ((found.mode & 0o777) !== 0o700) await chmod(path, 0o700)
    if (owner.uid !== undefined && owner.gid !== undefined && found.uid !== owner.uid) await chown(path, owner.uid, owner.gid)
  } catch (error) {
    throw error instanceof PlatformError ? error : unusable(path, error)
  }
}

/** A database that meets a full disk stops in the middle; better not to begin. */
export async function requireSpace(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path)
  if (bavail * bsize < minimumFreeBytes) throw diskFull(path)
}

export function diskFull(path: string, cause?: unknown): PlatformError {
  return new PlatformError('resource_exhausted', `The disk of ${path} is full.`, {
    cause,
    reason: 'DISK_FULL',
    hint: 'Make room, or set MICRO_DATA to another disk.',
  })
}

export const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(codeOf(error))

function unusable(path: string, cause: unknown): PlatformError {
  if (isDiskFull(cause)) return diskFull(path, cause)
  const why = reasons[codeOf(cause)] ?? 'this user may not write there'
  return new PlatformError('failed_precondition', `The data directory ${path} cannot be used: ${why}.`, {
    cause,
    reason: 'DATA_DIRECTORY_UNUSABLE',
    hint: 'Set MICRO_DATA to a directory that this user may write.',
  })
}

const reasons: Readonly<Record<string, string>> = {
  EROFS: 'its disk is read-only',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
