import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { machineEnvironment, startTestServer, type TestServer } from '../testing/server.ts'

export type CommandResult = { code: number | null; stdout: string; stderr: string }

/** A whole installation as a new user meets it: `micro server` in one process, `micro …` in others, files in a folder. */
export type Installation = {
  server: TestServer
  data: string
  /** Runs `micro` to its end in the installation's folder. */
  micro(...args: string[]): Promise<CommandResult>
  /** As `micro`, and fails the test unless it succeeds; gives what it printed. */
  ok(...args: string[]): Promise<string>
  /** Writes files of a service and gives its folder as `micro run` takes it: ./name */
  source(name: string, files: Record<string, string>): Promise<string>
  path(...parts: string[]): string
  /** Calls a host of the platform: Node does not know *.localhost, so it is given as the Host header. */
  call(host: string, path: string, options?: CallOptions): Promise<Answer>
  /** Starts the server again on the same data, after it was stopped or killed. */
  restart(): Promise<void>
  close(): Promise<void>
}

export type CallOptions = { method?: string; headers?: Record<string, string>; body?: string }
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }

const microPath = fileURLToPath(new URL('../bin/micro', import.meta.url))

export async function startInstallation(settings: Record<string, string> = {}): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'micro-e2e-'))
  // PostgreSQL and tenants' processes run as other users when the test is root.
  await chmod(folder, 0o755)
  const data = join(folder, 'data')
  const all = { MICRO_HOME: join(folder, 'home'), ...settings }
  let server = await startTestServer(data, all)

  const micro = (...args: string[]): Promise<CommandResult> =>
    run(args, { cwd: folder, env: { ...machineEnvironment(), ...all, MICRO_PORT: String(server.port) } })

  return {
    get server() {
      return server
    },
    data,
    micro,
    async ok(...args) {
      const { code, stdout, stderr } = await micro(...args)
      if (code !== 0) throw new Error(`micro ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
      return stdout
    },
    async source(name, files) {
      for (const [path, content] of Object.entries(files)) {
        const target = join(folder, name, path)
        await mkdir(dirname(target), { recursive: true })
        await writeFile(target, content)
      }
      return `./${name}`
    },
    path: (...parts) => join(folder, ...parts),
    call: (host, path, options) => call(server.port, host, path, options),
    async restart() {
      server = await startTestServer(data, { ...all, MICRO_PORT: String(server.port) })
    },
    async close() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A service without dependencies that answers with the given text. */
export const answering = (answer: string): Record<string, string> => ({
  'server.js': `require('node:http').createServer((request, response) => response.end(${JSON.stringify(answer)})).listen(process.env.PORT)\n`,
})

async function run(args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<CommandResult> {
  const child = spawn(microPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', (status) => resolve(status))),
  ])
  return { code, stdout, stderr }
}

function call(port: number, host: string, path: string, { method = 'GET', headers = {}, body }: CallOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, method, agent: false, headers: { host: `${host}:${port}`, ...headers } },
      async (response) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) })
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}
