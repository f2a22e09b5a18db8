import { randomUUID } from 'node:crypto'
import { access, link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { identify, isRunning, type ProcessIdentity } from '../identity.ts'

export type Lock = { release(): Promise<void> }

/**
 * A file that names the process which holds it. It is only ever seen whole, and one whose process has ended counts as free.
 * @returns the lock, or who holds it
 */
export async function takeLock(path: string): Promise<Lock | ProcessIdentity> {
  const self = await identify(process.pid)
  if (!self) throw new Error('This process does not find itself in the process table.')
  const own = `${path}.${randomUUID()}`
  await writeFile(own, JSON.stringify(self), { mode: 0o600 })
  const lock = { release: () => rm(path, { force: true }) }
  try {
    for (;;) {
      if (await linked(own, path)) return lock
      const holder = await readIdentity(path)
      if (holder && (await isRunning(holder))) return holder
      if (await replace(path, own, holder)) return lock
    }
  } finally {
    await rm(own, { force: true })
  }
}

/**
 * Puts our identity in the place of a process that has ended. Only whoever holds the lock named after that process may, and looks
 * again first: between reading and replacing, another could have taken it over, and its lock must stand.
 */
async function replace(path: string, own: string, ended: ProcessIdentity | undefined): Promise<boolean> {
  const succession = await takeLock(`${path}.after-${ended?.pid ?? 'nobody'}-${ended?.startedAt ?? ''}`)
  if (!('release' in succession)) return false
  try {
    const found = await readIdentity(path)
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (!isThere || found?.pid !== ended?.pid || found?.startedAt !== ended?.startedAt) return false
    await rename(own, path)
    return true
  } finally {
    await succession.release()
  }
}

/** Who is named in a file of ours; undefined when there is none, or it names nobody. */
export async function readIdentity(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '') // no such file
  try {
    const { pid, startedAt } = JSON.parse(text)
    return Number.isInteger(pid) && typeof startedAt === 'string' ? { pid, startedAt } : undefined
  } catch {
    return undefined // cut short by a full disk or a power failure: whoever wrote it is gone
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
