import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { checkout } from '../processes/prepare.ts'

/** A server that runs from a checkout on a data directory of its own, and a user's `micro` that talks to it. */
export type Installation = {
  data: string
  /** For whoever measures; gone with the installation. */
  scratch: string
  port: number
  namespace: string
  /** Milliseconds from the command to the end of the ready screen. */
  readyMs: number
  /** @throws when it does not end with exit code 0 */
  micro(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>
  /** One that goes on until it is told to end. */
  start(args: readonly string[]): ChildProcess
  /** What containers of Node.js services are made of on this machine. */
  nodeImage: string
  /** Ends the server and starts it again on the same data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** PostgreSQL runs as another user when we are root, and has to pass. */
export async function scratchDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'micro-bench-'))
  await chmod(directory, 0o711)
  return directory
}

/** @param settings of the server */
export async function startInstallation(settings: Readonly<Record<string, string>> = {}): Promise<Installation> {
  const directory = await scratchDirectory()
  const home = join(directory, 'home')
  const data = join(directory, 'data')
  let server = await startServer(checkout, ['bin/micro', 'server'], { data, settings })
  const own = () => ({ MICRO_HOME: home, MICRO_PORT: String(server.port) })
  const micro = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => run(['bin/micro', ...args], { ...own(), ...env })
  const installation: Installation = {
    data,
    scratch: join(directory, 'scratch'),
    port: server.port,
    namespace: 'bench',
    readyMs: server.readyMs,
    micro,
    start: (args) => spawn('bin/micro', args, { cwd: checkout, env: environment(own()), stdio: 'ignore' }),
    nodeImage: 'micro/node',
    async restart() {
      const { port } = server
      await server.stop()
      server = await startServer(checkout, ['bin/micro', 'server'], { data, port, settings })
      installation.readyMs = server.readyMs
    },
    async stop() {
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
  await micro(['signup', '--email', 'bench@example.com', '--password', 'bench-password', '--namespace', 'bench'])
  return installation
}

export type StartedServer = { port: number; readyMs: number; stop(): Promise<void> }

/** From the moment the command is typed until the last line of the ready screen. */
export async function startServer(
  directory: string,
  [program, ...args]: readonly [string, ...string[]],
  { data, port = 0, settings = {} }: { data: string; port?: number; settings?: Readonly<Record<string, string>> },
): Promise<StartedServer> {
  const since = performance.now()
  const env = environment({ MICRO_DATA: data, MICRO_HOME: join(data, '..', 'home'), MICRO_PORT: String(port), ...settings })
  // A process group of its own, so that what npm starts is stopped along with npm.
  const child = spawn(program, args, { cwd: directory, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  // Not its exit: npm goes first, and the server, which has the same output, a little later.
  const ended = once(child, 'close')
  const screen = await readyScreen(child)
  const readyMs = performance.now() - since
  return {
    port: Number(/Console +http:\/\/localhost:(\d+)/.exec(screen)?.[1]),
    readyMs,
    async stop() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      await ended
    },
  }
}

function readyScreen(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        printed += chunk
        if (/Micro is ready[\s\S]*Ctrl-C/.test(printed)) resolve(printed)
      })
    }
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`The server ended (${code ?? signal}) before it was ready:\n${printed}`)))
  })
}

async function run([program = '', ...args]: readonly string[], own: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(program, args, { cwd: checkout, env: environment(own), stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  if (code !== 0) throw new Error(`micro ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
  return stdout
}

/** What a person's shell has, without settings of this machine's own. */
export function environment(own: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(MICRO_|npm_|NODE_OPTIONS$|NODE_ENV$|DATABASE_URL$)/.test(name))
  return { ...(Object.fromEntries(inherited) as NodeJS.ProcessEnv), ...own }
}
