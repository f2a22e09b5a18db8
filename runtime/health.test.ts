import http from 'node:http'
import http2 from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { afterEach, describe, expect, test } from 'vitest'
import { Health, HealthCheckResponse_ServingStatus as Status } from '../gen/proto/grpc/health/v1/health_pb.ts'
import { checkHealth, type HealthOptions } from './health.ts'
import type { Address, Exit } from './runtime.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

describe('a health check', () => {
  test('takes an open port of an HTTP/1.1 server as healthy', async () => {
    const address = await listen(http.createServer((_, response) => response.end()))
    expect(await check(address)).toEqual({ h2c: false })
    expect(await check(address, { protocol: 'http' })).toEqual({ h2c: false })
  })

  test('sends nothing to a server that is known to speak HTTP', async () => {
    const received: Buffer[] = []
    const address = await listen(createServer((socket) => socket.on('data', (data) => received.push(data))))
    await check(address, { protocol: 'http' })
    expect(received).toEqual([])
  })

  test('waits until the port opens', async () => {
    const address = await freeAddress()
    let looks = 0
    const checking = check(address, {
      exited() {
        looks++
        return undefined
      },
    })
    await expect.poll(() => looks).toBeGreaterThan(1)
    const server = http.createServer()
    await listen(server, address.port)
    expect(await checking).toEqual({ h2c: false })
  })

  test('wants 2xx or 3xx of the path and does not follow redirects', async () => {
    const seen: (string | undefined)[] = []
    const address = await listen(
      http.createServer((request, response) => {
        seen.push(request.url)
        response.writeHead(seen.length < 3 ? 503 : 302, { location: '/elsewhere' }).end()
      }),
    )
    expect(await check(address, { path: '/ready?deep=1', protocol: 'http' })).toEqual({ h2c: false })
    expect(seen).toEqual(['/ready?deep=1', '/ready?deep=1', '/ready?deep=1'])
  })

  test('says which status the path answered when time runs out', async () => {
    const address = await listen(http.createServer((_, response) => response.writeHead(404).end()))
    await expect(check(address, { path: '/healthz', timeoutMs: 100 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: 'The health path /healthz answered 404, and not 2xx or 3xx within 0.1 s.',
      details: { reason: 'HEALTH_PATH_STATUS', metadata: { path: '/healthz', status: '404' } },
    })
  })

  test('says that the path did not answer', async () => {
    const address = await listen(http.createServer(() => undefined))
    await expect(check(address, { path: '/', protocol: 'http', timeoutMs: 100 })).rejects.toMatchObject({
      details: { reason: 'HEALTH_PATH_NO_ANSWER' },
    })
  })

  test('says that nothing listened', async () => {
    await expect(check(await freeAddress(), { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: 'Nothing listened on the port within 0.1 s.',
      details: { reason: 'PORT_CLOSED' },
    })
  })

  test('stops as soon as the instance ended', async () => {
    let exit: Exit | undefined
    const checking = check(await freeAddress(), { exited: () => exit })
    exit = { at: new Date(), code: 1 }
    await expect(checking).rejects.toMatchObject({ code: 'failed_precondition', details: { reason: 'INSTANCE_EXITED' } })
  })

  test('stops when it is canceled', async () => {
    const abort = new AbortController()
    const checking = check(await freeAddress(), { signal: abort.signal })
    abort.abort()
    await expect(checking).rejects.toMatchObject({ code: 'canceled' })
  })

  test('recognises HTTP/2 without TLS and asks the path over it', async () => {
    const paths: (string | undefined)[] = []
    const address = await listen(
      http2.createServer((request, response) => {
        paths.push(request.url)
        response.writeHead(paths.length === 1 ? 500 : 204).end()
      }),
    )
    expect(await check(address, { path: '/up' })).toEqual({ h2c: true })
    expect(paths).toEqual(['/up', '/up'])
  })

  test('waits for gRPC health to say SERVING', async () => {
    const answers = [Status.NOT_SERVING, Status.UNKNOWN, Status.SERVING]
    const address = await grpc((router) => router.service(Health, { check: () => ({ status: answers.shift() ?? Status.SERVING }) }))
    expect(await check(address)).toEqual({ h2c: true })
    expect(answers).toEqual([])
  })

  test('says that gRPC health stayed NOT_SERVING', async () => {
    const address = await grpc((router) => router.service(Health, { check: () => ({ status: Status.NOT_SERVING }) }))
    await expect(check(address, { timeoutMs: 100 })).rejects.toMatchObject({
      details: { reason: 'GRPC_NOT_SERVING', metadata: { status: 'NOT_SERVING' } },
    })
  })

  test('takes a gRPC server without health service, or with a guarded one, as healthy', async () => {
    expect(await check(await grpc(() => undefined))).toEqual({ h2c: true })
    const guarded = await grpc((router) =>
      router.service(Health, {
        check() {
          throw new ConnectError('who are you?', Code.Unauthenticated)
        },
      }),
    )
    expect(await check(guarded, { protocol: 'grpc' })).toEqual({ h2c: true })
  })

  test('refuses an HTTP/1.1 server where gRPC was promised', async () => {
    const address = await listen(http.createServer((_, response) => response.end()))
    await expect(check(address, { protocol: 'grpc', timeoutMs: 100 })).rejects.toMatchObject({ details: { reason: 'NOT_GRPC' } })
  })

  test.each([
    ['garbage', (socket: Socket) => socket.write('garbage '.repeat(100))],
    ['nothing more', (socket: Socket) => socket.destroy()],
  ])('survives a server that promises HTTP/2 and then sends %s', async (_, misbehave) => {
    const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
    const address = await listen(
      createServer((socket) => {
        socket.on('error', () => undefined)
        socket.write(emptySettings)
        socket.on('data', () => misbehave(socket))
      }),
    )
    await expect(check(address, { timeoutMs: 300 })).rejects.toMatchObject({ details: { reason: 'GRPC_NO_ANSWER' } })
    await expect(check(address, { timeoutMs: 300, path: '/' })).rejects.toMatchObject({ details: { reason: 'HEALTH_PATH_NO_ANSWER' } })
  })

  test('leaves no connection behind', async () => {
    const sockets = new Set<Socket>()
    const server = http2.createServer(
      connectNodeAdapter({ routes: (router) => router.service(Health, { check: () => ({ status: Status.SERVING }) }) }),
    )
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    await check(await listen(server))
    await expect.poll(() => sockets.size).toBe(0)
  })
})

const check = (address: Address, options: Partial<HealthOptions> = {}) =>
  checkHealth(address, { timeoutMs: 10_000, signal: new AbortController().signal, exited: () => undefined, ...options })

const grpc = (routes: (router: ConnectRouter) => void) => listen(http2.createServer(connectNodeAdapter({ routes })))

async function listen(server: Server, port = 0): Promise<Address> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  stops.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  )
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

async function freeAddress(): Promise<Address> {
  const address = await listen(createServer())
  await stops.pop()?.()
  return address
}
