import { execFile } from 'node:child_process'
import { stat, truncate } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Gives the file's first `length` bytes back to the disk; offsets stay, and processes that append to it notice nothing. */
export async function punchHole(path: string, length: number): Promise<void> {
  try {
    await promisify(execFile)('fallocate', punchHoleArguments(path, length))
  } catch {
    // No fallocate(1), or a file system without holes made that way. Emptied and made as long again, the file is one hole:
    // more goes than was asked for, but the disk does not fill.
    const { size } = await stat(path)
    await truncate(path, 0)
    await truncate(path, size)
  }
}

export const punchHoleArguments = (path: string, length: number): string[] => [
  '--punch-hole',
  '--offset',
  '0',
  '--length',
  String(length),
  '--',
  path,
]
