import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

export type Result = { code: number | null; stdout: string; stderr: string }
export type RunOptions = { env?: Record<string, string>; cwd?: string; input?: string }

/** A directory of its own under the system's temporary one, removed at the end of the scope; a shell may still write its history there. */
export async function temporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'micro-cli-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** A user of a CLI, as a process, with a home of its own and nothing else from the environment. */
export function cliUser(program: string, home: string, address?: string) {
  const environment = (extra: Record<string, string> = {}): NodeJS.ProcessEnv => ({
    NODE_ENV: 'test',
    PATH: process.env.PATH ?? '',
    MICRO_HOME: home,
    ...(address === undefined ? {} : { MICRO_PORT: address.slice(address.lastIndexOf(':') + 1) }),
    ...extra,
  })
  const running = new Set<ChildProcess>()
  const start = (args: readonly string[], { env, cwd = home }: RunOptions = {}) => {
    const child = spawn(process.execPath, [program, ...args], { cwd, env: environment(env), stdio: 'pipe' })
    running.add(child)
    child.once('exit', () => running.delete(child))
    return child
  }
  return {
    environment,
    start,
    /** Ends what a test that failed has left running. */
    stop: () => running.forEach((child) => void child.kill('SIGKILL')),
    async run(args: readonly string[], options: RunOptions = {}): Promise<Result> {
      const child = start(args, options)
      const result: Result = { code: null, stdout: '', stderr: '' }
      child.stdout.on('data', (chunk) => {
        result.stdout += chunk
      })
      child.stderr.on('data', (chunk) => {
        result.stderr += chunk
      })
      child.stdin.end(options.input ?? '')
      await new Promise((resolve) => child.once('close', resolve))
      return { ...result, code: child.exitCode }
    },
  }
}

/** Resolves once the condition holds. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The descriptors of the test service, with comments, compiled as the platform compiles them. */
export async function everythingDescriptors(): Promise<Uint8Array> {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'descriptors.binpb')
  await promisify(execFile)(join(root, 'node_modules/.bin/buf'), ['build', join(import.meta.dirname, '../testdata/everything'), '-o', file])
  return new Uint8Array(await readFile(file))
}
