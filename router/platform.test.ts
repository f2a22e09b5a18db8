import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:http2'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { ask, askFor, greetDescriptors, httpRoute, startHttp, startHttp2, startTestRouter, temporaryDirectory, until } from './testing.ts'
import { greeterClient, startGreeter } from './testing-greeter.ts'

async function start({ control = true, console = true, trustedProxies = [] as string[] } = {}) {
  const directory = await temporaryDirectory()
  const answer = (who: string) => (request: Pick<IncomingMessage, 'url' | 'headers' | 'method'>) =>
    JSON.stringify({ who, method: request.method, url: request.url, headers: request.headers })
  const consoleServer = console
    ? await startHttp(
        (request, response) => {
          response.setHeader('set-cookie', 'session=1; Domain=localhost')
          response.end(answer('console')(request))
        },
        join(directory, 'console.sock'),
      )
    : undefined
  const controlServer = control
    ? await startHttp2(
        (request, response) => {
          let body = ''
          request.on('data', (chunk) => {
            body += chunk
          })
          request.once('end', () => response.end(body || answer('control')(request)))
        },
        join(directory, 'control.sock'),
      )
    : undefined
  const service = await startHttp((request, response) => {
    response.setHeader('set-cookie', 'tenant=1')
    response.setHeader('content-security-policy', "default-src 'self'")
    response.setHeader('vary', 'Accept')
    response.setHeader('clear-site-data', '"cookies"')
    response.setHeader('strict-transport-security', 'max-age=31536000; includeSubDomains')
    response.setHeader('nel', '{"report_to":"x","max_age":1}')
    response.end(answer('service')(request))
  })
  const router = await startTestRouter([httpRoute('hello', [service.port])], {
    stateDirectory: directory,
    ...(trustedProxies.length > 0 ? { trustedProxies, loopbackOnly: false } : {}),
  })
  const who = async (asked: Parameters<typeof ask>[1]) => {
    const { body, status } = await ask(router.port, { host: 'localhost', ...asked })
    const { who, url } = JSON.parse(body)
    return who === undefined ? status : `${who} ${url}`
  }
  return { ...router, directory, who, consoleServer, controlServer }
}

test('the platform’s own paths are the platform’s whatever the headers say', async () => {
  const { who } = await start()
  const named = { 'micro-namespace': 'bright-fox' }
  for (const path of ['/graphql', '/api/auth/session', '/webhooks/x', '/_next/a.js', '/-/install', '/.well-known/x', '/api']) {
    expect(await who({ path })).toBe(`console ${path}`)
    expect(await who({ path, headers: named })).toBe(`console ${path}`)
  }
  expect(await who({ path: '/login' })).toBe('console /login')
  expect(await who({ path: '/hello' })).toBe('console /hello')
  expect(await who({ path: '/hello/x', headers: named })).toBe('service /x')
  expect(await who({ path: '/.well-known/jwks.json' })).toBe('control /.well-known/jwks.json')
  expect(await who({ path: '/micro.auth.v1.AuthService/Login', method: 'POST' })).toBe('control /micro.auth.v1.AuthService/Login')
  expect(await who({ path: '/micro.auth.v1.AuthService/Login?a=b', headers: named })).toBe('control /micro.auth.v1.AuthService/Login?a=b')
})

test('a tenant says nothing that browsers keep for the platform’s origin, nor clears what is kept for its domain', async () => {
  const { port } = await start()
  const kept = async (host: string, headers: Record<string, string> = {}) => {
    const answer = await ask(port, { host, path: '/hello', headers })
    return ['clear-site-data', 'strict-transport-security', 'nel'].filter((name) => answer.headers[name] !== undefined)
  }
  expect(await kept('localhost', { 'micro-namespace': 'bright-fox' })).toEqual([])
  expect(await kept('bright-fox.localhost')).toEqual(['strict-transport-security', 'nel'])
})

test('the platform is told whose request it is, and not whose proxy brought it', async () => {
  const { port } = await start({ trustedProxies: ['127.0.0.0/8'] })
  for (const path of ['/graphql', '/micro.auth.v1.AuthService/Login']) {
    const { body } = await ask(port, { host: 'localhost', path, headers: { 'x-forwarded-for': '9.9.9.9, 1.2.3.4, 127.0.0.2' } })
    expect([path, JSON.parse(body).headers['x-forwarded-for']]).toEqual([path, '1.2.3.4'])
  }
})

test('the keys can be read over HTTP/2 as well', async () => {
  const { port } = await start()
  const session = connect(`http://127.0.0.1:${port}`)
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':path': '/.well-known/jwks.json', ':authority': 'localhost' })
  let body = ''
  for await (const chunk of stream) body += chunk
  expect(JSON.parse(body)).toMatchObject({ who: 'control', method: 'GET' })
})

test('what routers are told is nobody else’s business', async () => {
  const { who } = await start()
  for (const path of [
    '/micro.router.v1.RouterService/WatchRoutes',
    '/micro.auth.v1.X/../micro.router.v1.RouterService/WatchRoutes',
    '/micro.x//micro.router.v1.RouterService/WatchRoutes',
    '/micro.router.v1.RouterService',
    '/micro.',
  ]) {
    expect(await who({ path, method: 'POST' })).toBe(404)
  }
})

test('tenants at the platform’s origin get no cookies, set none, and are sandboxed', async () => {
  const { port } = await start()
  for (const host of ['localhost', '127.0.0.1', 'api.localhost']) {
    const answer = await ask(port, {
      host,
      path: '/hello',
      headers: { 'micro-namespace': 'bright-fox', cookie: 'session=secret', accept: 'text/html' },
    })
    expect(JSON.parse(answer.body).headers).not.toHaveProperty('cookie')
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(answer.headers['content-security-policy']).toBe("default-src 'self', sandbox")
    expect(answer.headers.vary).toBe('Accept, Micro-Namespace')
    const list = await ask(port, { host, headers: { 'micro-namespace': 'bright-fox' } })
    expect(list.headers.vary).toBe('Micro-Namespace')
  }
  const own = await ask(port, { path: '/hello', headers: { cookie: 'tenant=1' } })
  expect(JSON.parse(own.body).headers.cookie).toBe('tenant=1')
  expect(own.headers['set-cookie']).toEqual(['tenant=1'])
  expect(own.headers['content-security-policy']).toBe("default-src 'self'")
})

test('the console gets cookies and the headers of the router’s making', async () => {
  const { port } = await start()
  const sent = { cookie: 'session=1', 'micro-account': 'x', 'micro-namespace': 'Bad Name' }
  const { body } = await ask(port, { host: `localhost:${port}`, path: '/api/x', headers: sent })
  const { headers } = JSON.parse(body)
  expect(headers).toMatchObject({
    cookie: 'session=1',
    host: `localhost:${port}`,
    'x-forwarded-host': `localhost:${port}`,
    'micro-request-id': expect.stringMatching(/^req_/),
  })
  for (const name of ['micro-account', 'micro-namespace']) expect(headers).not.toHaveProperty(name)
})

test('page loads by address go to the name that sessions are bound to', async () => {
  const { port, who } = await start()
  for (const host of [`127.0.0.1:${port}`, `[::1]:${port}`]) {
    const page = await ask(port, { host, path: '/a/b?c=d', headers: { accept: 'text/html,*/*' } })
    expect([page.status, page.headers.location]).toEqual([307, `http://localhost:${port}/a/b?c=d`])
    expect(await who({ host, path: '/graphql', method: 'POST', headers: { accept: 'text/html' } })).toBe('console /graphql')
    expect(await who({ host, path: '/api/x' })).toBe('console /api/x')
  }
})

test('RPC reaches the platform from HTTP/1.1 and HTTP/2, streams and trailers included', async () => {
  const descriptors = await greetDescriptors()
  const directory = await temporaryDirectory()
  // The platform's packages are all that is forwarded: here the greeter stands for them.
  const renamed = Buffer.from(Buffer.from(descriptors).toString('latin1').replaceAll('greet.v1', 'micro.v1'), 'latin1')
  const greeter = await startGreeter(renamed, join(directory, 'control.sock'))
  const { port } = await startTestRouter([], { stateDirectory: directory })
  for (const [protocol, httpVersion] of [
    ['grpc', '2'],
    ['grpc-web', '1.1'],
    ['connect', '2'],
    ['connect', '1.1'],
  ] as const) {
    const client = greeterClient(protocol, renamed, { port, httpVersion, host: 'localhost' })
    expect(await client.call({ name: 'A' }, { headers: { authorization: 'Bearer x' } })).toMatchObject({
      message: 'Hello A',
      seen: { authorization: 'Bearer x' },
    })
    const numbers: unknown[] = []
    for await (const { number } of client.count({ to: 3 })) numbers.push(number)
    expect(numbers).toEqual([1, 2, 3])
    await expect(client.fail({ code: 5 })).rejects.toMatchObject({ code: 5, rawMessage: 'Failed as asked: 100 % für Sie.' })
    const leaving = new AbortController()
    const before = greeter.hanging
    const call = client.hang({}, { signal: leaving.signal })
    await until(() => greeter.hanging === before + 1)
    leaving.abort()
    await expect(call).rejects.toMatchObject({ code: 1 })
    await until(() => greeter.cancelled === greeter.hanging)
  }
})

test('event streams of the console flow without delay', async () => {
  const directory = await temporaryDirectory()
  let send = (_: string) => {}
  await startHttp(
    (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      send = (text) => void response.write(text)
    },
    join(directory, 'console.sock'),
  )
  const { port } = await startTestRouter([], { stateDirectory: directory })
  const answer = await askFor(port, { host: 'localhost', path: '/graphql/stream' })
  for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
    send(text)
    expect(String((await once(answer, 'data'))[0])).toBe(text)
  }
  answer.destroy()
})

test('WebSockets of the console pass', async () => {
  const { port, consoleServer } = await start()
  const sockets = new WebSocketServer({ server: consoleServer?.server ?? expect.fail() })
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`heard ${data}`)))
  const socket = new WebSocket(`ws://127.0.0.1:${port}/_next/hmr`, { headers: { host: `localhost:${port}` } })
  await once(socket, 'open')
  socket.send('hi')
  expect(String((await once(socket, 'message'))[0])).toBe('heard hi')
  socket.close()
  await once(socket, 'close')
})

test('health and readiness', async () => {
  const { port, controlServer } = await start()
  const ok = await ask(port, { host: 'localhost', path: '/-/healthz' })
  expect([ok.status, ok.body]).toEqual([200, 'ok'])
  const ready = await ask(port, { host: 'localhost', path: '/-/readyz' })
  expect([ready.status, JSON.parse(ready.body)]).toEqual([200, { ready: true, routes: 'ok', control: 'ok', console: 'ok' }])
  await controlServer?.close()
  await until(async () => (await ask(port, { host: 'localhost', path: '/-/readyz' })).status === 503)
  expect(JSON.parse((await ask(port, { host: 'localhost', path: '/-/readyz' })).body)).toMatchObject({
    ready: false,
    control: 'does not accept connections',
    console: 'ok',
  })
})

test('without the platform its paths are unavailable, and services go on', async () => {
  const { port } = await start({ control: false, console: false })
  const page = await ask(port, { host: 'localhost', path: '/login' })
  expect([page.status, page.headers['retry-after'], JSON.parse(page.body)]).toMatchObject([
    503,
    '1',
    { id: 'micro.router', detail: expect.stringContaining('console') },
  ])
  expect((await ask(port, { host: 'localhost', path: '/micro.auth.v1.AuthService/Login', method: 'POST' })).status).toBe(503)
  expect((await ask(port, { path: '/hello' })).status).toBe(200)
  expect((await ask(port, { host: 'localhost', path: '/-/healthz' })).status).toBe(200)
})

test('a person who comes before the console is there gets a page that tries again by itself', async () => {
  const { port } = await start({ console: false })
  const page = await ask(port, { host: 'localhost', path: '/n/acme', headers: { accept: 'text/html,*/*' } })
  expect([page.status, page.headers['content-type'], page.headers.refresh]).toEqual([503, 'text/html; charset=utf-8', '2'])
  expect(page.body).toContain('The console is not running at the moment')
  expect(
    (await ask(port, { host: 'localhost', path: '/graphql', method: 'POST', headers: { accept: 'text/html' } })).headers,
  ).toMatchObject({
    'content-type': 'application/json',
  })
})

test('a page elsewhere may ask for a namespace at the platform’s address', async () => {
  const { port } = await start()
  const headers = {
    origin: 'https://elsewhere.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'Micro-Namespace',
  }
  const preflight = await ask(port, { host: 'localhost', path: '/hello', method: 'OPTIONS', headers })
  expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([204, 'Micro-Namespace'])
  const own = await ask(port, { host: 'localhost', path: '/graphql', method: 'OPTIONS', headers })
  expect(own.headers['access-control-allow-origin']).toBeUndefined()
})
