import { once } from 'node:events'
import { request } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ask, askFor, httpRoute, raw, startHttp, startTestRouter, until } from './testing.ts'

/** Answers with what it saw of the request. */
const startEcho = () =>
  startHttp((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.once('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }))
    })
  })

test('a path reaches its service without its first segment, by any spelling of the name', async () => {
  const { port: upstream } = await startEcho()
  const { port } = await startTestRouter([httpRoute('say-hello', [upstream])])
  for (const [path, url, prefix] of [
    ['/say-hello', '/', '/say-hello'],
    ['/say-hello/', '/', '/say-hello'],
    ['/SayHello/a/b?x=1&y=%20', '/a/b?x=1&y=%20', '/SayHello'],
    ['/say_hello?x', '/?x', '/say_hello'],
  ] as const) {
    const seen = JSON.parse((await ask(port, { path })).body)
    expect(seen).toMatchObject({ url, headers: { 'x-forwarded-prefix': prefix } })
  }
})

test('a service host reaches its service at the root', async () => {
  const { port: upstream } = await startEcho()
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const seen = JSON.parse((await ask(port, { host: `hello--bright-fox.localhost:${port}`, path: '/a/b' })).body)
  expect(seen.url).toBe('/a/b')
  expect(seen.headers).toMatchObject({
    host: `hello--bright-fox.localhost:${port}`,
    'x-forwarded-proto': 'http',
    'x-forwarded-for': '127.0.0.1',
  })
  expect(seen.headers['x-forwarded-prefix']).toBeUndefined()
})

test('headers of the connection and of identity end at the router', async () => {
  const { port: upstream } = await startEcho()
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const answer = await ask(port, {
    path: '/hello',
    headers: {
      connection: 'close, x-private',
      'x-private': '1',
      'keep-alive': 'timeout=5',
      'proxy-authorization': 'Basic x',
      te: 'trailers',
      'micro-account': 'admin',
      micro_role: 'owner',
      'micro-request-id': 'mine-1',
      'x-own': 'stays',
      authorization: 'Bearer theirs',
    },
  })
  const { headers } = JSON.parse(answer.body)
  for (const name of ['x-private', 'keep-alive', 'proxy-authorization', 'te', 'micro-account', 'micro_role'])
    expect(headers).not.toHaveProperty(name)
  expect(headers).toMatchObject({
    'x-own': 'stays',
    authorization: 'Bearer theirs',
    'micro-namespace': 'bright-fox',
    'micro-request-id': 'mine-1',
  })
  expect(answer.headers['micro-request-id']).toBe('mine-1')
})

test('bodies stream both ways', async () => {
  const { port: upstream } = await startHttp(async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    for await (const chunk of request) response.write(`got ${chunk}`)
    response.end()
  })
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const sent = request({ host: '127.0.0.1', port, path: '/hello', method: 'POST', headers: { host: 'bright-fox.localhost' } })
  sent.write('one')
  const [answer] = await once(sent, 'response')
  expect(String((await once(answer, 'data'))[0])).toBe('got one')
  sent.write('two')
  expect(String((await once(answer, 'data'))[0])).toBe('got two')
  sent.end()
  await once(answer, 'end')
})

test('a large body arrives whole, at the pace of who reads it', async () => {
  const size = 20 * 1024 * 1024
  const { port: upstream } = await startHttp((request, response) => request.pipe(response))
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const answer = await askFor(port, { path: '/hello', method: 'POST', body: Buffer.alloc(size, 'x') })
  let received = 0
  for await (const chunk of answer) {
    received += chunk.length
    if (received % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(received).toBe(size)
})

test('cookies of a service stay its own', async () => {
  const { port: upstream } = await startHttp((_, response) => {
    response.setHeader('set-cookie', ['a=1; Domain=localhost; Path=/', 'b=2; path=/; domain=.localhost ; Secure', 'c=domain=x'])
    response.setHeader('micro-namespace', 'other')
    response.end()
  })
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const { headers } = await ask(port, { path: '/hello' })
  expect(headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2; path=/; Secure', 'c=domain=x'])
  expect(headers['micro-namespace']).toBeUndefined()
})

test('trailers and early hints pass', async () => {
  const { port: upstream } = await startHttp((_, response) => {
    response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
    response.writeHead(200, { trailer: 'x-sum' })
    response.write('body')
    response.addTrailers({ 'x-sum': '42' })
    response.end()
  })
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const sent = request({ host: '127.0.0.1', port, path: '/hello', headers: { host: 'bright-fox.localhost' }, agent: false })
  sent.end()
  const [[information], [answer]] = await Promise.all([once(sent, 'information'), once(sent, 'response')])
  answer.resume()
  await once(answer, 'end')
  expect(information).toMatchObject({ statusCode: 103, headers: { link: '</style.css>; rel=preload; as=style' } })
  expect(answer.trailers).toEqual({ 'x-sum': '42' })
})

test('trailers that are of the connection end at the router, and repeated ones are one', async () => {
  const service = createServer((socket) => {
    const trailers = ['Keep-Alive: x', 'Connection: x-own', 'Upgrade: y', 'Micro-Account: admin', 'X-Own: 1', 'ETag: a', 'ETag: b']
    const answer = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n${trailers.join('\r\n')}\r\n\r\n`
    socket.once('data', () => socket.end(answer))
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
  onTestFinished(() => void service.close())
  const address = service.address()
  const { port } = await startTestRouter([httpRoute('hello', [typeof address === 'object' && address !== null ? address.port : 0])])
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':path': '/hello', ':authority': 'bright-fox.localhost' })
  stream.resume()
  const [trailers] = await once(stream, 'trailers')
  expect(Object.entries(trailers)).toEqual([['etag', 'a, b']])
})

test('a client that expects 100 Continue hears it from the service', async () => {
  const { port: upstream, server } = await startEcho()
  let asked = 0
  server.on('checkContinue', (request, response) => {
    asked++
    if (request.headers['x-refuse']) return response.writeHead(417).end()
    response.writeContinue()
    server.emit('request', request, response)
  })
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const options = { host: '127.0.0.1', port, path: '/hello', method: 'POST', agent: false }
  const sent = request({ ...options, headers: { host: 'bright-fox.localhost', expect: '100-continue', 'content-length': 2 } })
  sent.flushHeaders()
  await once(sent, 'continue')
  sent.end('hi')
  const [answer] = await once(sent, 'response')
  expect(JSON.parse(String((await once(answer, 'data'))[0])).body).toBe('hi')

  const refused = request({
    ...options,
    headers: { host: 'bright-fox.localhost', expect: '100-continue', 'content-length': 2, 'x-refuse': '1' },
  })
  refused.flushHeaders()
  const [no] = await once(refused, 'response')
  expect([no.statusCode, asked]).toEqual([417, 2])
  refused.destroy()
})

test('a client that leaves takes its request with it', async () => {
  let closed = false
  const { port: upstream } = await startHttp((_, response) => {
    response.write('first')
    response.once('close', () => {
      closed = true
    })
  })
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const answer = await askFor(port, { path: '/hello' })
  await once(answer, 'data')
  answer.destroy()
  await until(() => closed)
})

test('a client of HTTP/2 that gives up takes its request with it, though nobody reads its body', async () => {
  let connection: Socket | undefined
  const service = createServer((socket) => {
    connection = socket.pause().on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(service, 'listening')
  onTestFinished(() => void service.close())
  const address = service.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const router = await startTestRouter([httpRoute('hello', [port])])
  const session = connectHttp2(`http://127.0.0.1:${router.port}`)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':method': 'POST', ':path': '/hello', ':authority': 'bright-fox.localhost' })
  stream.on('error', () => {})
  let taken = 0
  for (let i = 0; i < 512; i++) stream.write(Buffer.alloc(64 * 1024), () => taken++)
  let [before, still] = [0, 0]
  await until(() => {
    still = taken === before && connection !== undefined ? still + 1 : 0
    before = taken
    return still > 30
  })
  expect(taken).toBeLessThan(512)
  router.routes.push({ routes: [httpRoute('hello', [], { draining: [`hello-${port}`], unavailableReason: 'x' })] })
  await until(() => router.routes.reports.at(-1)?.inFlight.length === 1)
  stream.close()
  await until(() => router.routes.reports.at(-1)?.inFlight.length === 0)
})

test('an instance that does not accept is passed over, and nothing of the request is lost', async () => {
  const { port: upstream } = await startEcho()
  const dead = createServer()
  dead.listen(0, '127.0.0.1')
  await once(dead, 'listening')
  const address = dead.address()
  const deadPort = typeof address === 'object' && address !== null ? address.port : 0
  await new Promise((resolve) => dead.close(resolve))
  const { port } = await startTestRouter([httpRoute('hello', [deadPort, upstream])])
  for (let i = 0; i < 4; i++) {
    const answer = await ask(port, { path: '/hello', method: 'POST', body: `body ${i}` })
    expect(JSON.parse(answer.body).body).toBe(`body ${i}`)
  }
})

test('a service without instances is unavailable and says why', async () => {
  const { port } = await startTestRouter([
    httpRoute('hello', [], { unavailableReason: 'hello v3 exited with code 1.' }),
    httpRoute('gone', [1]),
  ])
  const answer = await ask(port, { path: '/hello' })
  expect(answer.status).toBe(503)
  expect(answer.headers['retry-after']).toBe('1')
  expect(JSON.parse(answer.body)).toEqual({
    id: 'bright-fox.hello',
    code: 503,
    detail: 'hello v3 exited with code 1.',
    status: 'Service Unavailable',
  })
  expect((await ask(port, { path: '/gone' })).status).toBe(503)
})

test('a service that breaks off before it answers is a bad gateway; afterwards the answer is cut, not ended', async () => {
  const server = createServer((socket) => {
    socket.once('data', (data) => {
      if (String(data).includes('/late')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart')
      else if (String(data).includes('/junk')) socket.write('SSH-2.0-x\r\n')
      setImmediate(() => socket.destroy())
    })
  })
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const { port } = await startTestRouter([httpRoute('hello', [typeof address === 'object' && address !== null ? address.port : 0])])
  expect((await ask(port, { path: '/hello', method: 'POST', body: 'x' })).status).toBe(502)
  expect((await ask(port, { path: '/hello/junk' })).status).toBe(502)
  await expect(ask(port, { path: '/hello/late' })).rejects.toThrow('aborted')
})

test('a connection that a service closed just as it was used again does not fail a GET', async () => {
  let connections = 0
  const server = createServer((socket) => {
    const first = ++connections === 1
    let requests = 0
    socket.on('data', () => {
      if (first && ++requests === 2) socket.resetAndDestroy()
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
    socket.on('error', () => {})
  })
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const { port, close } = await startTestRouter([httpRoute('hello', [typeof address === 'object' && address !== null ? address.port : 0])])
  expect((await ask(port, { path: '/hello' })).body).toBe('ok')
  expect((await ask(port, { path: '/hello' })).body).toBe('ok')
  expect(connections).toBe(2)
  await close()
})

test('Micro-Timeout ends a request that takes longer', async () => {
  const { port: upstream } = await startHttp(() => {})
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const answer = await ask(port, { path: '/hello', headers: { 'micro-timeout': '50ms' } })
  expect([answer.status, JSON.parse(answer.body).detail]).toEqual([504, 'The service did not answer within 50 ms.'])
  expect((await ask(port, { path: '/hello', headers: { 'micro-timeout': 'soon' } })).status).toBe(400)
})

test('a client that stops in the middle of its body is dropped', async () => {
  const { port: upstream } = await startEcho()
  const { port } = await startTestRouter([httpRoute('hello', [upstream])], { limits: { stallMs: 100 } })
  const answer = await raw(port, 'POST /hello HTTP/1.1\r\nHost: bright-fox.localhost\r\nContent-Length: 10\r\n\r\nabc', (text) =>
    text.endsWith('}'),
  )
  expect(answer).toContain('408 Request Timeout')
})

test('HEAD, 204 and 304 have no body', async () => {
  const { port: upstream } = await startHttp((request, response) => {
    const status = Number(request.url?.slice(1)) || 200
    response.writeHead(status, status === 200 ? { 'content-length': 5 } : {})
    response.end(request.method === 'HEAD' || status !== 200 ? undefined : 'hello')
  })
  const { port } = await startTestRouter([httpRoute('hello', [upstream])])
  const head = await ask(port, { path: '/hello', method: 'HEAD' })
  expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '5', ''])
  expect((await ask(port, { path: '/hello/204' })).status).toBe(204)
  expect((await ask(port, { path: '/hello/304' })).status).toBe(304)
})
