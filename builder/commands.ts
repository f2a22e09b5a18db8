import { chown, mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { PlatformError } from '../lib/errors.ts'
import { removeTree } from '../lib/remove-tree.ts'
import { tenantCommandArguments } from '../lib/tenant-command.ts'
import type { BuildOptions } from './builder.ts'
import { cacheFolders, cacheVariables } from './cache-folders.ts'
import { watchDisk } from './disk.ts'
import { createJob, diskFull, type Job, stepFailed } from './job.ts'
import { buildVariable, killLeftovers, newBuildId } from './leftovers.ts'
import { limited } from './limits.ts'
import { withoutColours } from './log.ts'
import type { Command } from './plan.ts'
import { findProgram, type User } from './programs.ts'

/** What all builds that run commands on this machine have in common. */
export type Machine = {
  /** Where programs are found, Node.js first. */
  path: string
  user: User | undefined
  /** Passed on to every command: see `operatorEnvironment`. */
  environment: Readonly<Record<string, string>>
  /** Of prlimit(1), where there is one. */
  prlimit: string | undefined
}

/** A build whose commands run on this machine, as a user without privileges, with limits of the kernel. */
export type CommandJob = Job & {
  readonly machine: Machine
  /** @throws PlatformError when it does not end with exit code 0 */
  run(
    command: Command,
    options: { cwd: string; programs: readonly string[]; env: Readonly<Record<string, string>>; missing?: string },
  ): Promise<void>
  /** Ends whatever commands left running. */
  quiet(): Promise<void>
  close(): Promise<void>
}

export function createCommandJob(machine: Machine, where: { scratch: string; cache: string }, options: BuildOptions): CommandJob {
  const id = newBuildId()
  const job = createJob(where, options)
  const { limits } = options
  let began = false

  const run: CommandJob['run'] = async (command, { cwd, programs, env, missing }) => {
    const path = [...programs.map((folder) => join(cwd, folder)), machine.path].join(delimiter)
    const [name = '', ...args] = tenantCommandArguments(command)
    const program = name.includes('/') ? name : findProgram(name, path, machine.user)
    if (program === undefined) throw notFound(name, missing)
    const argv = [program, ...args]
    if (!began) await prepare(machine, where)
    began = true

    let lastLine = ''
    const full = new AbortController()
    const unwatch = watchDisk(where.scratch, limits.artifactBytes * 2, () => full.abort(diskFull(limits)))
    const result = await job
      .exec(
        machine.prlimit === undefined ? argv : limited(argv, { prlimit: machine.prlimit, limits, ownUser: machine.user !== undefined }),
        {
          cwd,
          env: environmentOf(machine, where, { ...env, PATH: path, [buildVariable]: id }),
          stop: full.signal,
          onLine(line) {
            const shown = withoutColours(line)
            if (shown !== '') lastLine = shown
            job.print(line)
          },
          ...machine.user,
        },
      )
      .finally(unwatch)
    const how = result.signal === undefined ? `exit code ${result.code}` : `ended by ${result.signal}`
    if (result.code !== 0) throw stepFailed(typeof command === 'string' ? command : command.join(' '), how, job.redact(lastLine))
  }

  const quiet = async () => {
    if (began) await killLeftovers(id)
  }

  return {
    ...job,
    machine,
    run,
    quiet,
    async close() {
      await quiet()
      await removeTree(where.scratch)
    },
  }
}

const privateFolders = ['home', 'tmp']

async function prepare({ user }: Machine, { scratch, cache }: { scratch: string; cache: string }): Promise<void> {
  const folders = [...privateFolders.map((name) => join(scratch, name)), ...cacheFolders.map((name) => join(cache, name))]
  await Promise.all(
    folders.map(async (folder) => {
      await mkdir(folder, { recursive: true })
      if (user) await chown(folder, user.uid, user.gid)
    }),
  )
}

/** All that a command sees. Variables that would act on prlimit before its limits hold are left out. */
function environmentOf(machine: Machine, { scratch, cache }: { scratch: string; cache: string }, own: Record<string, string>) {
  const safe = Object.entries(own).filter(([name]) => !name.startsWith('LD_'))
  return {
    LANG: 'C.UTF-8',
    CI: '1',
    HOME: join(scratch, 'home'),
    TMPDIR: join(scratch, 'tmp'),
    ...cacheVariables(cache),
    ...machine.environment,
    ...Object.fromEntries(safe),
  }
}

function notFound(name: string, missing: string | undefined): PlatformError {
  return new PlatformError('failed_precondition', missing ?? `The build needs the program ${name}, which isn't installed on the server.`, {
    reason: 'PROGRAM_MISSING',
  })
}
