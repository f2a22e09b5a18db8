import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { PlatformError } from '../../lib/errors.ts'
import type { InstanceSpec } from '../runtime.ts'
import type { Folder } from './folder.ts'
import { identify, type ProcessIdentity } from './proc.ts'
import type { User } from './user.ts'

export type Launch = {
  folder: Folder
  shim: string
  /** setpriv(1), where the machine has it: no set-uid program gives an instance more rights. */
  setpriv: string | undefined
  user: User | undefined
  argv: readonly string[]
  cwd: string
  env: Readonly<Record<string, string>>
  spec: InstanceSpec
}

/**
 * Starts the shim in a session of its own, its output appended to a file: it outlives us.
 * @throws PlatformError `resource_exhausted` when the machine has no room for one more process
 */
export async function launch(options: Launch): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const { folder, user, cwd, env } = options
  const [file, ...args] = launchArguments(options)
  const output = await open(folder.output, 'a', 0o600)
  // A new file each time: a process left from the last run cannot write into it.
  await rm(folder.status, { force: true })
  const status = await open(folder.status, 'wx', 0o600)
  try {
    const child = spawnOrExplain(file, args, {
      cwd,
      env: env as NodeJS.ProcessEnv, // Next.js declares NODE_ENV as always there.
      detached: true,
      stdio: ['ignore', output.fd, output.fd, status.fd],
      ...user,
    })
    // Read at once: until the event loop turns, even a process that ended already is still there to be identified.
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (!identity) throw await startError(child)
    child.unref()
    return { child, identity }
  } finally {
    await closeAll([output, status])
  }
}

export function launchArguments({
  setpriv,
  shim,
  spec,
  user,
  argv,
}: Pick<Launch, 'setpriv' | 'shim' | 'spec' | 'user' | 'argv'>): [string, ...string[]] {
  const { dataKib, openFiles, processes } = limitsOf(spec, user)
  const shell = ['/bin/sh', shim, spec.id, String(dataKib), String(openFiles), String(processes), ...argv] as const
  return setpriv ? [setpriv, '--no-new-privs', '--', ...shell] : [...shell]
}

const kibibyte = 1024
const gibibyte = 1024 ** 3

/** Backstops for the machine, not the tenant's quota: what a process reserves is far more than it uses (Node 24: 0.6 GiB when idle). */
export function limitsOf(spec: InstanceSpec, user: User | undefined): { dataKib: number; openFiles: number; processes: number } {
  return {
    dataKib: Math.ceil(Math.max(spec.limits.memoryBytes * 4, 2 * gibibyte) / kibibyte),
    openFiles: 8192,
    // The kernel counts a user's processes over all instances together. Without a user of their own the count would include the developer's desktop.
    processes: user ? Math.max(4096, spec.limits.processes) : 0,
  }
}

/** What the kernel refuses because of its size, Node throws at once; everything else comes as an event. */
function spawnOrExplain(file: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  try {
    return spawn(file, args, options)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'E2BIG')) throw cause
    throw new PlatformError('failed_precondition', 'The start command and the environment variables are too large for this machine.', {
      reason: 'ENVIRONMENT_TOO_LARGE',
      hint: 'Set fewer or shorter variables; large values belong into files.',
      cause,
    })
  }
}

async function startError(child: ChildProcess): Promise<PlatformError> {
  const [cause] = (await once(child, 'error')) as [NodeJS.ErrnoException]
  const full = cause.code === 'EAGAIN' || cause.code === 'ENOMEM' || cause.code === 'EMFILE' || cause.code === 'ENFILE'
  return full
    ? new PlatformError('resource_exhausted', 'The machine has no room for one more process.', {
        reason: 'MACHINE_FULL',
        hint: 'Stop something, or use a larger machine.',
        cause,
      })
    : new PlatformError('failed_precondition', `The instance could not be started (${cause.code ?? 'unknown error'}).`, {
        reason: 'START_FAILED',
        cause,
      })
}

const closeAll = (files: FileHandle[]) => Promise.all(files.map((file) => file.close()))
