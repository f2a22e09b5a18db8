import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http'
import { createServer as createHttp2Server, type Http2Server } from 'node:http2'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import pino from 'pino'
import { onTestFinished } from 'vitest'
import {
  type NamespaceSchema,
  Protocol,
  type ReportRoutesRequest,
  type ReportTrafficRequest,
  type Route,
  RouteSchema,
  type WatchRoutesResponse,
  WatchRoutesResponseSchema,
} from '../gen/proto/micro/router/v1/router_pb.ts'
import type { RouteSource } from './feed.ts'
import { createRouter, type RouterOptions } from './server.ts'

/** What tests of the router share: real servers, a feed to push routes into, and clients that send exactly what they are told. */

export const testLog = pino({ level: 'silent' })

/** The compiled `testdata/greet.proto`. */
export async function greetDescriptors(): Promise<Uint8Array> {
  const buf = join(import.meta.dirname, '../node_modules/.bin/buf')
  const args = [buf, 'build', join(import.meta.dirname, 'testdata'), '-o', '-#format=binpb']
  const { stdout } = await promisify(execFile)(process.execPath, args, { encoding: 'buffer' })
  return stdout
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'router-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

type Listening = { port: number; close(): Promise<void> }

/** @param where a port (0: any) or the path of a UNIX socket */
export async function startHttp(handler: RequestListener, where: number | string = 0): Promise<Listening & { server: Server }> {
  const server = createHttpServer(handler)
  return { server, ...(await listen(server, where)) }
}

export async function startHttp2(
  handler: Parameters<typeof createHttp2Server>[1],
  where: number | string = 0,
): Promise<Listening & { server: Http2Server }> {
  const server = createHttp2Server(handler)
  return { server, ...(await listen(server, where)) }
}

async function listen(server: Server | Http2Server, where: number | string): Promise<Listening> {
  const sockets = new Set<{ destroy(): unknown }>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  if (typeof where === 'string') server.listen(where)
  else server.listen(where, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return { port: typeof address === 'object' && address !== null ? address.port : 0, close }
}

/** Routes that a test pushes, and what the router reported. */
export function createTestRoutes(): RouteSource & {
  push(message: MessageInitShape<typeof WatchRoutesResponseSchema>): void
  /** Ends the stream with an error, as a control plane that goes away. */
  disconnect(): void
  readonly watched: bigint[]
  readonly reports: ReportRoutesRequest[]
  readonly traffic: ReportTrafficRequest[]
} {
  const queue: (WatchRoutesResponse | Error)[] = []
  let wake = () => {}
  let last = 0n
  const watched: bigint[] = []
  const reports: ReportRoutesRequest[] = []
  const traffic: ReportTrafficRequest[] = []
  const put = (item: WatchRoutesResponse | Error) => {
    queue.push(item)
    wake()
  }
  return {
    watched,
    reports,
    traffic,
    push(message) {
      last++
      put(create(WatchRoutesResponseSchema, { version: last, ...message }))
    },
    disconnect: () => put(new Error('The control plane went away.')),
    async report(report) {
      reports.push(report)
    },
    async reportTraffic(report) {
      traffic.push(report)
    },
    async *watch({ version }, signal) {
      watched.push(version)
      while (!signal.aborted) {
        const item = queue.shift()
        if (item instanceof Error) throw item
        if (item !== undefined) yield item
        else
          await new Promise<void>((resolve) => {
            wake = resolve
            signal.addEventListener('abort', () => resolve(), { once: true })
          })
      }
    },
  }
}

export const httpRoute = (service: string, ports: readonly number[], more: MessageInitShape<typeof RouteSchema> = {}) =>
  create(RouteSchema, {
    namespace: 'bright-fox',
    service,
    release: 1,
    protocol: Protocol.HTTP,
    public: true,
    upstreams: ports.map((port) => ({ instance: `${service}-${port}`, host: '127.0.0.1', port })),
    ...more,
  })

export const grpcRoute = (
  service: string,
  ports: readonly number[],
  descriptorSet: Uint8Array,
  more: MessageInitShape<typeof RouteSchema> = {},
) => httpRoute(service, ports, { protocol: Protocol.GRPC, descriptorSet, ...more })

export type TestRouter = {
  port: number
  routes: ReturnType<typeof createTestRoutes>
  stateDirectory: string
  close(graceMs?: number): Promise<void>
}

/** A router of the domain `localhost` with a namespace `bright-fox`, and the routes given, applied. */
export async function startTestRouter(
  wires: readonly Route[] = [],
  options: Partial<RouterOptions> = {},
  message: { namespaces?: MessageInitShape<typeof NamespaceSchema>[]; jwks?: string; revokedSessions?: string[] } = {},
): Promise<TestRouter> {
  const stateDirectory = options.stateDirectory ?? (await temporaryDirectory())
  const routes = createTestRoutes()
  const router = createRouter({
    host: '127.0.0.1',
    port: 0,
    domain: 'localhost',
    publicUrl: 'http://localhost:8080',
    trustedProxies: [],
    loopbackOnly: true,
    controlSocket: join(stateDirectory, 'control.sock'),
    consoleSocket: join(stateDirectory, 'console.sock'),
    stateDirectory,
    routes,
    log: testLog,
    ...options,
  })
  const { port } = await router.listen()
  let closed: Promise<void> | undefined
  const close = (graceMs = 0) => {
    closed ??= router.close(graceMs)
    return closed
  }
  onTestFinished(() => close())
  routes.push({ snapshot: true, namespaces: [{ id: 'ns_1', name: 'bright-fox' }], ...message, routes: [...wires] })
  await until(() => routes.reports.some(({ version }) => version === 1n))
  return { port, routes, stateDirectory, close }
}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string; trailers: NodeJS.Dict<string> }
export type Asked = {
  host?: string
  path?: string
  method?: string
  headers?: Record<string, string | string[]>
  body?: string | Uint8Array
}

/** Sends a request to a host that no resolver knows. */
export async function ask(port: number, asked: Asked = {}): Promise<Answer> {
  const answer = await askFor(port, asked)
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString(), trailers: answer.trailers }
}

/** Like `ask`, with the body still to come. */
export async function askFor(
  port: number,
  { host = 'bright-fox.localhost', path = '/', method = 'GET', headers = {}, body }: Asked,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const sent = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: { host, ...headers },
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  })
  // An answer may come before the body is sent, which then fails.
  sent.on('error', () => {})
  sent.end(body)
  const [answer] = await once(sent, 'response')
  return answer
}

/** Sends bytes as they are and reads until the server closes, or until `enough` says so. */
export function raw(port: number, bytes: string | Uint8Array, enough: (received: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk) => {
      received += chunk
      if (enough(received)) socket.destroy()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(received) : reject(error)))
    socket.on('close', () => resolve(received))
    socket.write(bytes)
  })
}

/** Waits for a condition, not for a time. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not in ${timeoutMs} ms: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
