import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { PlatformError } from '../lib/errors.ts'

/** Reads a JSON object that the CLI keeps; undefined when there is none yet. */
export async function readState(path: string): Promise<Record<string, unknown> | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw new PlatformError('failed_precondition', `${path} can't be read: ${reasonOf(error)}.`, { cause: error })
  }
  const value = parseObject(text)
  if (value === undefined) {
    throw new PlatformError('failed_precondition', `${path} is not a JSON object.`, { hint: 'Mend it, or remove it to start afresh.' })
  }
  return value
}

/** Replaces the file in one step, so that no reader sees half of it; only its owner may read it. */
export async function writeState(path: string, value: object): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new PlatformError('failed_precondition', `${path} can't be written: ${reasonOf(error)}.`, {
      hint: 'MICRO_HOME names the directory to use.',
      cause: error,
    })
  }
}

export const isMissing = (error: unknown): boolean => errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR'

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  EMFILE: 'too many files are open',
  ENOENT: 'it does not exist',
}

/** A file system's error in words. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error)
  return reasons[code ?? ''] ?? code ?? String(error)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A JSON object, or undefined for any other text. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined // not JSON: the caller names the file
  }
}
