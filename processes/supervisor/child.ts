import { type ChildProcess, spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PlatformError } from '../../lib/errors.ts'
import { identify, signalProcess } from '../identity.ts'
import type { ChildMessage } from '../role.ts'
import type { Running, Unit } from './unit.ts'

export type ChildOptions = {
  name: string
  /** Flags for Node, the program and its arguments. */
  arguments: readonly string[]
  env: NodeJS.ProcessEnv
  /** Where the child's identity is kept for a supervisor that comes after a killed one. */
  pidFile: string
  /** Each line of the child's output. */
  onLine(line: string): void
}

export const mainProgram = fileURLToPath(new URL('../main.ts', import.meta.url))

/** A Node process of ours. It says that it is ready, and ends by itself when the supervisor is gone: both over its IPC channel. */
export function childUnit(options: ChildOptions): Unit {
  return { name: options.name, start: (signal) => start(options, signal) }
}

async function start(options: ChildOptions, signal: AbortSignal): Promise<Running> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, options.arguments, {
    env: options.env,
    // Its own process group: a Ctrl-C in the terminal is for the supervisor, which knows the order in which to stop.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lastLines = readLines(child, options.onLine)
  const exited = exitOf(child).then(async (how) => {
    await rm(options.pidFile, { force: true })
    return how
  })
  const pid = child.pid
  if (pid === undefined) throw new PlatformError('internal', `${options.name} could not be started: ${await exited}.`)
  const kill = () => signalProcess(pid, 'SIGKILL')
  signal.addEventListener('abort', kill)
  try {
    const identity = await identify(pid)
    if (identity) await writeFile(options.pidFile, JSON.stringify(identity), { mode: 0o600 })
    await ready(options.name, child, exited, lastLines)
  } catch (error) {
    kill()
    await exited
    throw error
  } finally {
    signal.removeEventListener('abort', kill)
  }
  return { pid, exited, stop: (patience) => stop(pid, exited, patience) }
}

function ready(name: string, child: ChildProcess, exited: Promise<string>, lastLines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: ChildMessage) => {
      if (message.type === 'ready') resolve()
      else reject(new PlatformError('failed_precondition', message.message, message.hint === undefined ? {} : { hint: message.hint }))
    })
    exited.then((how) => {
      const output = lastLines.length > 0 ? ` Its last lines:\n${lastLines.map((line) => `  ${line}`).join('\n')}` : ''
      reject(new PlatformError('internal', `The ${name} did not start (${how}).${output}`))
    })
  })
}

async function stop(pid: number, exited: Promise<string>, patience: AbortSignal): Promise<void> {
  const kill = () => signalProcess(pid, 'SIGKILL')
  signalProcess(pid, 'SIGTERM')
  patience.addEventListener('abort', kill)
  if (patience.aborted) kill()
  await exited
  patience.removeEventListener('abort', kill)
}

function readLines(child: ChildProcess, onLine: (line: string) => void): readonly string[] {
  const last: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line)
      if (last.length > 20) last.shift()
      onLine(line)
    })
  }
  return last
}

/** How it ended, once its last output was read as well; a grandchild that holds on to the pipe is not waited for. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`
      child.once('close', () => resolve(how))
      setTimeout(resolve, 200, how).unref()
    })
  })
}
