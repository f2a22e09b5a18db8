import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'

/** A process told apart from any later one with the same number, also across reboots. */
export const ProcessIdentity = z.object({ pid: z.int().positive(), startTime: z.string(), bootId: z.string() })
export type ProcessIdentity = z.infer<typeof ProcessIdentity>

type Stat = { state: string; session: number; group: number; startTime: string }

let thisBoot: string | undefined

/** Random at each boot of the machine: process numbers and start times repeat after one. */
export function bootId(): string {
  thisBoot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return thisBoot
}

/** Undefined when there is no such process. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid)
  return stat && { pid, startTime: stat.startTime, bootId: bootId() }
}

export function isAlive({ pid, startTime, bootId: boot }: ProcessIdentity): boolean {
  if (boot !== bootId()) return false
  const stat = readStat(pid)
  return stat !== undefined && stat.startTime === startTime && !isDead(stat)
}

/**
 * The living processes of an instance: those of its session, and those that left the session but kept the environment they were given.
 * @param since start time of its first process, where that is known: what is older need not be looked at closely
 */
export function processesOf(id: string, session: number | undefined, since = '0'): { pid: number; group: number }[] {
  const found = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const stat = readStat(pid)
    // Session 0 is the kernel's own.
    if (!stat || stat.session === 0 || Number(stat.startTime) < Number(since) || isDead(stat)) continue
    if ((session !== undefined && stat.session === session) || hasVariable(pid, 'MICRO_INSTANCE', id))
      found.push({ pid, group: stat.group })
  }
  return found
}

/** Whether the process was started as the shim of this instance. */
export const isShimOf = (pid: number, id: string): boolean => {
  const [, script, instance] = read(`/proc/${pid}/cmdline`)?.split('\0') ?? []
  return script?.endsWith('/shim.sh') === true && instance === id
}

function readStat(pid: number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The second field, the command, may hold spaces and parentheses.
  const [state = '', , group, session, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state, group: Number(group), session: Number(session), startTime: rest[15] ?? '' }
}

/** Zombies are over, even where nobody reaps them. */
const isDead = ({ state }: Stat): boolean => state === 'Z' || state === 'X'

const hasVariable = (pid: number, name: string, value: string): boolean =>
  `\0${read(`/proc/${pid}/environ`) ?? ''}\0`.includes(`\0${name}=${value}\0`)

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // The process ended meanwhile, or belongs to somebody else: not ours either way.
  }
}
