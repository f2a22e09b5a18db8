import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { ask, greetDescriptors, grpcRoute, httpRoute, raw, startHttp, startTestRouter, until } from './testing.ts'

async function start() {
  const { server, port: upstream } = await startHttp((_, response) => response.end('plain'))
  const sockets = new WebSocketServer({
    server,
    verifyClient: ({ req }, done) => done(req.headers['x-refuse'] === undefined, 403, 'No.'),
  })
  sockets.on('connection', (socket, request) => {
    socket.send(JSON.stringify({ url: request.url, headers: request.headers }))
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  const router = await startTestRouter([httpRoute('chat', [upstream]), httpRoute('quiet', [], { unavailableReason: 'Asleep.' })])
  const open = (path: string, headers: Record<string, string> = {}) =>
    new WebSocket(`ws://127.0.0.1:${router.port}${path}`, { headers: { host: 'bright-fox.localhost', ...headers } })
  return { ...router, sockets, open, upstream }
}

test('a WebSocket passes both ways, with headers set afresh and the first bytes kept', async () => {
  const { open, sockets } = await start()
  const socket = open('/chat/room?x=1', { 'micro-account': 'x', cookie: 'a=1' })
  const [first] = await once(socket, 'message')
  const { url, headers } = JSON.parse(String(first))
  expect(url).toBe('/room?x=1')
  expect(headers).toMatchObject({
    cookie: 'a=1',
    'micro-namespace': 'bright-fox',
    'x-forwarded-prefix': '/chat',
    'x-forwarded-for': '127.0.0.1',
  })
  expect(headers).not.toHaveProperty('micro-account')
  const large = Buffer.alloc(3 * 1024 * 1024, 7)
  socket.send(large)
  expect(Buffer.compare((await once(socket, 'message'))[0], large)).toBe(0)
  socket.close(4000, 'done')
  expect((await once(socket, 'close'))[0]).toBe(4000)
  await until(() => sockets.clients.size === 0)
})

test('either side that is cut off takes the other with it', async () => {
  const { open, sockets } = await start()
  const one = open('/chat')
  await once(one, 'message')
  one.terminate()
  await until(() => sockets.clients.size === 0)
  const two = open('/chat')
  await once(two, 'message')
  for (const client of sockets.clients) client.terminate()
  expect((await once(two, 'close'))[0]).toBe(1006)
})

test('what is not upgraded is answered as any request', async () => {
  const { open, port } = await start()
  for (const [path, headers, status] of [
    ['/chat', { 'x-refuse': '1' }, 403],
    ['/quiet', {}, 503],
    ['/nothing', {}, 404],
    ['/chat', { 'micro-namespace': 'other' }, 400],
  ] as const) {
    const socket = open(path, headers)
    socket.on('error', () => {})
    const [, answer] = await once(socket, 'unexpected-response')
    expect([path, answer.statusCode]).toEqual([path, status])
    expect(answer.headers['micro-request-id']).toMatch(/^req_/)
    socket.terminate()
  }
  expect((await ask(port, { path: '/chat', headers: { connection: 'upgrade', upgrade: 'h2c' } })).body).toBe('plain')
})

test('an upgrade with a body is refused: the next request on the connection to the service would be taken for it', async () => {
  const { port: upstream } = await startHttp((request, response) => {
    request.resume()
    response.end('plain')
  })
  const { port } = await startTestRouter([httpRoute('chat', [upstream])])
  const upgrade = 'GET /chat HTTP/1.1\r\nHost: bright-fox.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
  for (const body of ['Content-Length: 30', 'Transfer-Encoding: chunked'])
    expect(await raw(port, `${upgrade}${body}\r\n\r\n`)).toContain('A request to upgrade has no body.')
  expect((await ask(port, { path: '/chat' })).body).toBe('plain')
})

test('a WebSocket counts as in flight until it is closed', async () => {
  const { open, routes, upstream } = await start()
  const socket = open('/chat')
  await once(socket, 'message')
  routes.push({ routes: [httpRoute('chat', [], { draining: [`chat-${upstream}`], unavailableReason: 'x' })] })
  await until(() => routes.reports.at(-1)?.version === 2n)
  expect(routes.reports.at(-1)?.inFlight).toMatchObject([{ instance: `chat-${upstream}`, requests: 1 }])
  socket.close()
  await until(() => routes.reports.at(-1)?.inFlight.length === 0)
})

test('an upgrade of an RPC service says that there is none', async () => {
  const { port } = await startTestRouter([grpcRoute('greeter', [1], await greetDescriptors())])
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13'
  const answer = await raw(
    port,
    `GET /greeter HTTP/1.1\r\nHost: bright-fox.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`,
  )
  expect(answer).toContain('501 Not Implemented')
})
