import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { PlatformError } from '../../lib/errors.ts'
import type { GeneratedFile } from './generate.ts'

/**
 * Writes a new service into a directory that is absent or empty: all of it or nothing.
 *
 * @throws PlatformError `already_exists` when something is there, `failed_precondition` when the disk refuses
 */
export async function writeService(directory: string, files: readonly GeneratedFile[]): Promise<void> {
  const target = resolve(directory)
  if (!(await isFree(target))) throw taken(directory)

  const staging = join(dirname(target), `.${basename(target)}.${randomUUID()}`)
  try {
    await mkdir(staging)
    for (const file of files) await writeBelow(staging, file)
    await rename(staging, target).catch((error: unknown) => {
      throw isTakenCode(codeOf(error)) ? taken(directory) : error
    })
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    throw error instanceof PlatformError ? error : unwritable(directory, error)
  }
}

async function isFree(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true
    if (codeOf(error) === 'ENOTDIR') return false
    throw unwritable(directory, error)
  }
}

async function writeBelow(directory: string, { path, content }: GeneratedFile): Promise<void> {
  const file = join(directory, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content, { flag: 'wx' })
}

const taken = (directory: string) =>
  new PlatformError('already_exists', `${directory} already exists and is not an empty directory.`, {
    hint: 'Choose another name, or move what is there.',
  })

function unwritable(directory: string, error: unknown): PlatformError {
  const why = reasons[codeOf(error) ?? ''] ?? (error instanceof Error ? error.message : 'unknown reason')
  return new PlatformError('failed_precondition', `${directory} could not be written: ${why}.`, {
    hint: 'Nothing was left behind. Try again in a directory of your own.',
    cause: error,
  })
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'the directory around it does not exist',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
}

const isTakenCode = (code: string | undefined): boolean => code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR'

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
