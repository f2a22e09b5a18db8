import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode, isMissing } from './state-file.ts'

type Options = { staleMs?: number; pollMs?: number }

/** Runs `action` while no other process of this user does, by a lock file. A lock whose holder died, or that is too old, is taken over. */
export async function withLock<T>(path: string, action: () => Promise<T>, { staleMs = 30_000, pollMs = 20 }: Options = {}): Promise<T> {
  const mark = `${process.pid} ${randomBytes(8).toString('hex')}`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  while (!(await acquire(path, mark))) {
    const stale = await staleHolder(path, staleMs)
    if (stale === undefined) await sleep(pollMs)
    else await discard(path, stale)
  }
  try {
    return await action()
  } finally {
    await discard(path, mark)
  }
}

async function acquire(path: string, mark: string): Promise<boolean> {
  const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(own, mark, { mode: 0o600, flag: 'wx' })
  try {
    await link(own, path) // with its content in one step, so that nobody reads an empty lock
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(own, { force: true })
  }
}

/** The mark of a holder that is gone. */
async function staleHolder(path: string, staleMs: number): Promise<string | undefined> {
  try {
    const [{ mtimeMs }, mark] = await Promise.all([stat(path), readFile(path, 'utf8')])
    return Date.now() - mtimeMs > staleMs || !isAlive(Number.parseInt(mark, 10)) ? mark : undefined
  } catch (error) {
    if (isMissing(error)) return undefined // released meanwhile
    throw error
  }
}

/** Removes the lock if it still bears this mark: another process may have taken it over in between. */
async function discard(path: string, mark: string): Promise<void> {
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await rename(path, aside)
    if ((await readFile(aside, 'utf8')) !== mark) await link(aside, path)
  } catch (error) {
    if (!isMissing(error) && errorCode(error) !== 'EEXIST') throw error
  }
  await rm(aside, { force: true })
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}
