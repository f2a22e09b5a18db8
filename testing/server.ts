import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { waitFor } from './wait-for.ts'

export type TestServer = {
  /** Of the router: `http://127.0.0.1:<port>`; send the `Host` that is meant, since Node does not know `*.localhost`. */
  origin: string
  port: number
  /** The supervisor. */
  process: ChildProcess
  /** All that it has printed so far. */
  output(): string
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>
}

export type Ended = { code: number | null; stdout: string; stderr: string }

/** `micro server` on any free port, without settings of the machine's own. */
export function spawnServer(data: string, settings: Readonly<Record<string, string>> = {}, args: readonly string[] = []): ChildProcess {
  const env = { ...machineEnvironment(), MICRO_PORT: '0', MICRO_DATA: data, ...settings }
  return spawn('bin/micro', ['server', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The machine's own environment (how registries are reached is part of it), without any setting of ours. */
export function machineEnvironment(): NodeJS.ProcessEnv {
  const ours = ([name]: [string, unknown]) => name.startsWith('MICRO_') || name === 'DATABASE_URL'
  return { ...Object.fromEntries(Object.entries(process.env).filter((entry) => !ours(entry))), NODE_ENV: 'test' }
}

/** The whole platform, ready. The caller stops it. */
export async function startTestServer(data: string, settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const child = spawnServer(data, settings)
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += chunk))
  const exited = once(child, 'exit')
  // Long, since the first one in a checkout builds the console.
  const port = await waitFor(
    'the server is ready',
    () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The server ended before it was ready:\n${printed}`)
      return printed.includes('Micro is ready') && Number(/Console +http:\/\/localhost:(\d+)/.exec(printed)?.[1])
    },
    180_000,
  )
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    process: child,
    output: () => printed,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await exited
      return code
    },
  }
}

/** Runs `micro server` to its end: for starts that are refused. */
export async function endedServer(
  data: string,
  settings: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<Ended> {
  const child = spawnServer(data, settings, args)
  const exited = once(child, 'exit')
  const [stdout, stderr] = await Promise.all([child.stdout, child.stderr].map((stream) => (stream ? text(stream) : '')))
  const [code] = await exited
  return { code, stdout: stdout ?? '', stderr: stderr ?? '' }
}

/** Status and body of a GET at the platform's own address; undefined when nobody answers. */
export function get(port: number, path: string): Promise<{ status: number; body: string } | undefined> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path, headers: { host: `localhost:${port}` }, agent: false }, async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response).catch(() => '') })
    })
    // Refused or cut off: the caller decides what that means.
    call.once('error', () => resolve(undefined))
    call.end()
  })
}
