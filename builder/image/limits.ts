import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'

/** Of all builds of the machine together: BuildKit inside the engine ignores limits of a single one (ADR 0013). */
export type SharedLimits = { memoryBytes: number; cpus: number; processes: number }

/** What leaves enough for services and the platform. */
export const defaultLimits = (): SharedLimits => ({
  memoryBytes: Math.min(Math.max(Math.floor(totalmem() / 2), 2 ** 30), 8 * 2 ** 30),
  cpus: Math.max(1, availableParallelism() - 0.25),
  processes: 4096,
})

/** The control group below which the engine puts every command of a build. */
const group = 'docker/buildkit'
const periodUs = 100_000

export type LimitFile = { path: string; text: string }

/** The files that hold the limits, in either version of control groups: https://docs.kernel.org/admin-guide */
export function limitFiles(limits: SharedLimits, version: 1 | 2): LimitFile[] {
  const memory = String(limits.memoryBytes)
  const quota = Math.round(limits.cpus * periodUs)
  const processes = String(limits.processes)
  if (version === 2) {
    return [
      { path: join(group, 'memory.max'), text: memory },
      { path: join(group, 'memory.swap.max'), text: '0' },
      { path: join(group, 'cpu.max'), text: `${quota} ${periodUs}` },
      { path: join(group, 'pids.max'), text: processes },
    ]
  }
  return [
    { path: join('memory', group, 'memory.limit_in_bytes'), text: memory },
    { path: join('memory', group, 'memory.memsw.limit_in_bytes'), text: memory },
    { path: join('cpu', group, 'cpu.cfs_period_us'), text: String(periodUs) },
    { path: join('cpu', group, 'cpu.cfs_quota_us'), text: String(quota) },
    { path: join('pids', group, 'pids.max'), text: processes },
  ]
}

/** Swap may not be accounted for; without it there is nothing to limit. */
const optional = /memory\.(memsw\.limit_in_bytes|swap\.max)$/

/**
 * Puts the limits in place; again before each build, since an engine that was started anew has new groups.
 * @returns false where this process may not: then builds are not limited
 */
export async function limitBuilds(limits: SharedLimits, root = '/sys/fs/cgroup'): Promise<boolean> {
  const version = await versionOf(root)
  try {
    if (version === 2) await delegate(root)
    const files = limitFiles(limits, version)
    for (const { path } of files) await mkdir(join(root, path, '..'), { recursive: true })
    // Memory may not exceed memory with swap, so that one of the two goes up first, and the other one down: whatever is refused is tried again.
    for (const { path, text } of files) await writeLimit(join(root, path), text).catch(() => undefined)
    for (const { path, text } of files) await writeLimit(join(root, path), text)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^(EACCES|EPERM|EROFS|ENOENT)$/.test(String(error.code))) return false
    throw error
  }
}

async function writeLimit(path: string, text: string): Promise<void> {
  // Setting what is set already would fail for memory while more than that is swapped out.
  if ((await readFile(path, 'utf8').catch(() => '')).trim() === text) return
  await writeFile(path, text).catch((error: unknown) => {
    if (!optional.test(path)) throw error
  })
}

/** In version 2 a group passes on to those below it only what it says. */
async function delegate(root: string): Promise<void> {
  await mkdir(join(root, group), { recursive: true })
  for (const folder of ['', 'docker']) await writeFile(join(root, folder, 'cgroup.subtree_control'), '+memory +cpu +pids')
}

/** How many processes of the machine the kernel has ended for memory so far: groups of version 1 do not count theirs reliably. */
export async function memoryKills(): Promise<number> {
  const counters = await readFile('/proc/vmstat', 'utf8').catch(() => '') // not Linux
  return Number(/^oom_kill (\d+)$/m.exec(counters)?.[1] ?? 0)
}

const versionOf = (root: string): Promise<1 | 2> =>
  access(join(root, 'cgroup.controllers')).then(
    () => 2,
    () => 1,
  )
