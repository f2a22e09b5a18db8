import { chown, mkdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { PlatformError } from '../lib/errors.ts'
import { exec } from '../lib/exec.ts'
import { removeTree } from '../lib/remove-tree.ts'
import { tenantCommandArguments } from '../lib/tenant-command.ts'
import type { BuildLimits, BuildOptions } from './builder.ts'
import { watchDisk } from './disk.ts'
import { buildVariable, killLeftovers, newBuildId } from './leftovers.ts'
import { limited } from './limits.ts'
import { cleanLine, duration } from './log.ts'
import type { Command } from './plan.ts'
import { findProgram, type User } from './programs.ts'

/** What all builds of this machine have in common. */
export type Machine = {
  /** Where programs are found, Node.js first. */
  path: string
  user: User | undefined
  /** Passed on to every command: see `operatorEnvironment`. */
  environment: Readonly<Record<string, string>>
  /** Of prlimit(1), where there is one. */
  prlimit: string | undefined
}

/** One build under way: runs its commands with its limits, and keeps its log. */
export type Job = {
  readonly machine: Machine
  readonly limits: BuildLimits
  readonly signal: AbortSignal
  /** Empty directories of this build alone, gone after it. */
  readonly scratch: string
  /** What is kept for the namespace. */
  readonly cache: string
  /** One line of the platform's own in the log. */
  say(line: string): void
  /** Logs a stage and the time that it took. */
  stage<Result>(title: string, work: () => Promise<Result>): Promise<Result>
  /** @throws PlatformError when it does not end with exit code 0 */
  run(
    command: Command,
    options: { cwd: string; programs: readonly string[]; env: Readonly<Record<string, string>>; missing?: string },
  ): Promise<void>
  /** Ends whatever commands left running. */
  quiet(): Promise<void>
  /** @throws PlatformError `canceled` when the build was */
  check(): void
  close(): Promise<void>
}

export function createJob(machine: Machine, where: { scratch: string; cache: string }, { signal, onLog, limits }: BuildOptions): Job {
  const id = newBuildId()
  const deadline = Date.now() + limits.timeoutMs
  let outputLeft = limits.outputBytes
  let began = false

  const say = (text: string) => {
    for (const line of text.split('\n')) onLog(`==> ${line}`)
  }
  const stage: Job['stage'] = async (title, work) => {
    say(title)
    const start = performance.now()
    const result = await work()
    say(`${title}: ${duration(performance.now() - start)}`)
    return result
  }

  const run: Job['run'] = async (command, { cwd, programs, env, missing }) => {
    const path = [...programs.map((folder) => join(cwd, folder)), machine.path].join(delimiter)
    const [name = '', ...args] = tenantCommandArguments(command)
    const program = name.includes('/') ? name : findProgram(name, path, machine.user)
    if (program === undefined) throw notFound(name, missing)
    const argv = [program, ...args]
    if (!began) await prepare(machine, where)
    began = true

    let lastLine = ''
    const full = new AbortController()
    const unwatch = watchDisk(where.scratch, limits.artifactBytes * 2, () => full.abort())
    const result = await exec(
      machine.prlimit === undefined ? argv : limited(argv, { prlimit: machine.prlimit, limits, ownUser: machine.user !== undefined }),
      {
        cwd,
        env: environmentOf(machine, where, { ...env, PATH: path, [buildVariable]: id }),
        signal: AbortSignal.any([signal, full.signal]),
        timeoutMs: Math.max(1, deadline - Date.now()),
        outputBytes: outputLeft,
        onLine(line) {
          outputLeft = Math.max(0, outputLeft - Buffer.byteLength(line) - 1)
          const clean = cleanLine(line)
          if (clean.trim() !== '') lastLine = clean.trim()
          onLog(clean)
        },
        ...machine.user,
      },
    )
      .catch((error: unknown) => {
        throw full.signal.aborted ? diskFull(limits) : stopped(error, limits)
      })
      .finally(unwatch)
    if (result.code !== 0) throw failed(command, result, lastLine)
  }

  const quiet = async () => {
    if (began) await killLeftovers(id)
  }

  return {
    machine,
    limits,
    signal,
    ...where,
    say,
    stage,
    run,
    check() {
      if (signal.aborted) throw canceled()
    },
    quiet,
    async close() {
      await quiet()
      await removeTree(where.scratch)
    },
  }
}

const privateFolders = ['home', 'tmp']
const keptFolders = ['npm', 'pip', 'uv', 'go-build', 'go-mod', 'xdg']

async function prepare({ user }: Machine, { scratch, cache }: { scratch: string; cache: string }): Promise<void> {
  const folders = [...privateFolders.map((name) => join(scratch, name)), ...keptFolders.map((name) => join(cache, name))]
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
    XDG_CACHE_HOME: join(cache, 'xdg'),
    npm_config_cache: join(cache, 'npm'),
    npm_config_update_notifier: 'false',
    PIP_CACHE_DIR: join(cache, 'pip'),
    UV_CACHE_DIR: join(cache, 'uv'),
    GOCACHE: join(cache, 'go-build'),
    GOMODCACHE: join(cache, 'go-mod'),
    ...machine.environment,
    ...Object.fromEntries(safe),
  }
}

function notFound(name: string, missing: string | undefined): PlatformError {
  return new PlatformError('failed_precondition', missing ?? `The build needs the program ${name}, which isn't installed on the server.`, {
    reason: 'PROGRAM_MISSING',
  })
}

function diskFull(limits: BuildLimits): PlatformError {
  const message = `The build was stopped: it wrote more than ${limits.artifactBytes * 2} bytes.`
  return new PlatformError('resource_exhausted', message, {
    reason: 'BUILD_DISK',
    hint: 'Does it write without end? An artifact and what makes it must fit.',
  })
}

function stopped(error: unknown, limits: BuildLimits): unknown {
  if (!(error instanceof PlatformError)) return error
  const cause = error
  if (error.code === 'canceled') return canceled(cause)
  if (error.code === 'deadline_exceeded') {
    const message = `The build was stopped: it took longer than ${duration(limits.timeoutMs)}.`
    return new PlatformError('deadline_exceeded', message, {
      reason: 'BUILD_TIMEOUT',
      hint: 'Does it wait for something that never comes?',
      cause,
    })
  }
  if (error.code === 'resource_exhausted') {
    const message = `The build was stopped: it printed more than ${limits.outputBytes} bytes.`
    return new PlatformError('resource_exhausted', message, { reason: 'BUILD_OUTPUT', hint: 'Make it print less.', cause })
  }
  return error
}

const canceled = (cause?: unknown) => new PlatformError('canceled', 'The build was canceled.', { cause })

function failed(command: Command, result: { code?: number; signal?: string }, lastLine: string): PlatformError {
  const what = typeof command === 'string' ? command : command.join(' ')
  const name = what.length > 120 ? `${what.slice(0, 119)}…` : what
  const how = result.signal === undefined ? `exit code ${result.code}` : `ended by ${result.signal}`
  return new PlatformError(
    'failed_precondition',
    `The build failed: ${name} (${how}).${lastLine === '' ? '' : ` Last line: ${lastLine.slice(0, 300)}`}`,
    {
      reason: 'BUILD_FAILED',
      hint: 'Mend what the build log says and deploy again.',
    },
  )
}
