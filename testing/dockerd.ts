import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findProgram } from './programs.ts'
import { waitFor } from './wait-for.ts'

export type Dockerd = {
  socket: string
  /** By SIGTERM; by SIGKILL when it takes too long, or at once when that is asked for. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** The program, where this user may start it; else why not. */
export function findDockerd(): { path: string } | { error: string } {
  const path = findProgram('dockerd')
  if (path === undefined) return { error: 'dockerd is not installed (Debian: docker.io).' }
  return process.getuid?.() === 0 ? { path } : { error: 'only root can start dockerd.' }
}

/** Starts an engine and waits until it answers. @throws Error with the last lines of its log */
export async function startDockerd(path: string, args: readonly string[], options: { socket: string; log: string }): Promise<Dockerd> {
  const output = await open(options.log, 'a')
  const child = spawn(path, args, { stdio: ['ignore', output.fd, output.fd], detached: true })
  await output.close()
  const exited = once(child, 'exit')
  const { socket } = options
  const dockerd = { socket, stop: (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => stop(child, exited, signal) }
  try {
    await waitFor('an answer of dockerd', () => child.exitCode !== null || answers(socket), 60_000)
    if (child.exitCode === null) return dockerd
    throw new Error(`it ended with ${child.exitCode}`)
  } catch (error) {
    await dockerd.stop('SIGKILL')
    const lines = (await readFile(options.log, 'utf8')).trim().split('\n').slice(-5)
    throw new Error(`dockerd did not start (${error instanceof Error ? error.message : error}): ${lines.join(' | ')}`)
  }
}

export function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: socket, path: '/_ping', timeout: 5_000, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.once('timeout', () => asked.destroy(new Error('no answer')))
    asked.once('error', () => resolve(false)) // not there, or not yet
    asked.end()
  })
}

async function stop(child: ChildProcess, exited: Promise<unknown>, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await exited
  clearTimeout(late)
}

export type OwnEngine = {
  socket: string
  /** Where it keeps everything. */
  dataRoot: string
  start(): Promise<void>
  /** As a crash of the machine's engine would: nothing is told to anybody. */
  kill(): Promise<void>
  /** Stops it and removes all it had. */
  dispose(): Promise<void>
}

/**
 * An engine of the test's own, which it may kill: with files and a default network of its own, and no firewall rules.
 * @param configuration what goes into its daemon.json beside that
 * @param options.diskBytes a disk of its own, in memory
 */
export async function createOwnEngine(
  path: string,
  configuration: object = {},
  { diskBytes }: { diskBytes?: number } = {},
): Promise<OwnEngine> {
  const root = await mkdtemp(join(tmpdir(), 'micro-dockerd-'))
  const socket = join(root, 'docker.sock')
  const file = join(root, 'daemon.json')
  const dataRoot = join(root, 'data')
  const own = { 'data-root': dataRoot, 'exec-root': join(root, 'exec'), pidfile: join(root, 'pid'), hosts: [`unix://${socket}`] }
  await mkdir(dataRoot)
  if (diskBytes !== undefined) await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', dataRoot])
  // Without any it would remove docker0, which is the machine's engine's.
  const bridge = `mt${root.slice(-6).toLowerCase()}`
  await ip('link', 'add', bridge, 'type', 'bridge')
  await writeFile(file, JSON.stringify({ ...own, bridge, iptables: false, 'ip-masq': false, ...configuration }))
  const log = join(root, 'log')
  let running: Dockerd | undefined
  return {
    socket,
    dataRoot,
    async start() {
      running = await startDockerd(path, ['--config-file', file], { socket, log })
    },
    async kill() {
      await running?.stop('SIGKILL')
      // Its containerd dies with it, but not at the same moment; the next one would try to go on with it.
      const pid = await readFile(join(root, 'exec/containerd/containerd.pid'), 'utf8')
      await waitFor('the end of containerd', () => !existsSync(`/proc/${pid.trim()}`))
    },
    async dispose() {
      await running?.stop()
      // What an engine that was killed left running.
      for (const pid of await processesBelow(root)) process.kill(pid, 'SIGKILL')
      await unmountBelow(root)
      await ip('link', 'delete', bridge)
      await rm(root, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const ip = (...args: string[]) => promisify(execFile)('ip', args)

/** Processes that have a path below the directory among their arguments. */
async function processesBelow(root: string): Promise<number[]> {
  const found = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') // ended meanwhile
    if (commandLine.includes(`${root}/`)) found.push(Number(pid))
  }
  return found
}

async function unmountBelow(root: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').flatMap((line) => line.split(' ')[1] ?? [])
  for (const mount of mounts.filter((path) => path.startsWith(`${root}/`)).reverse())
    await promisify(execFile)('umount', ['--lazy', '--', mount])
}
