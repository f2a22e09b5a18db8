import { readFile, rm, writeFile } from 'node:fs/promises'
import { PlatformError } from '../lib/errors.ts'
import { identify, isAlive, ProcessIdentity } from './process/proc.ts'

/** One driver a directory: two would both restart what crashed. A lock whose owner is gone (kill -9) is taken over. */
export async function acquireLock(path: string): Promise<() => Promise<void>> {
  const own = JSON.stringify(identify(process.pid))
  for (;;) {
    try {
      await writeFile(path, own, { flag: 'wx', mode: 0o600 })
      return () => rm(path, { force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const owner = await ownerOf(path)
    if (owner && isAlive(owner)) {
      throw new PlatformError(
        'failed_precondition',
        `Another process (${owner.pid}) of the platform runs the instances in this data directory.`,
        {
          reason: 'RUNTIME_LOCKED',
          hint: 'Stop it first, or give this server a data directory of its own.',
        },
      )
    }
    await rm(path, { force: true })
  }
}

async function ownerOf(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return ProcessIdentity.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined // Gone meanwhile, or half-written by a process that was killed.
  }
}
