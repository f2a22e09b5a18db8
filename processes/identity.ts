import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A process for certain: its number alone may meanwhile be another's. */
export type ProcessIdentity = { pid: number; startedAt: string }

/** The identity of a running process; undefined when there is none of that number (or only its remains, not yet waited for). */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = process.platform === 'linux' ? await startOnLinux(pid) : await startElsewhere(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  return (await identify(pid))?.startedAt === startedAt
}

/** Sends the signal, if it is still that process, and waits for its end; false when it outlived the time. */
export async function end(target: ProcessIdentity, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  if (!(await isRunning(target))) return true
  signalProcess(target.pid, signal)
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; ) {
    await pause(20)
    if (!(await isRunning(target))) return true
  }
  return false
}

/** A signal to a process that may be gone already, which is as good. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** proc(5): after the program's name in parentheses comes the state (3rd field) and, as the 22nd, the start in ticks since boot. */
async function startOnLinux(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined) // no such process
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' ? undefined : fields?.[19]
}

async function startElsewhere(pid: number): Promise<string | undefined> {
  const result = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined) // no such process
  return result?.stdout.trim() || undefined
}
