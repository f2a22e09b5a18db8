import { connect } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createRouter } from '../server.ts'
import {
  ask,
  createTestRoutes,
  greetDescriptors,
  grpcRoute,
  httpRoute,
  startHttp,
  startHttp2,
  temporaryDirectory,
  testLog,
  until,
} from '../testing.ts'
import { greeterOf, startGreeter } from '../testing-greeter.ts'
import { fox, owl, startInside } from './testing.ts'

let descriptors: Uint8Array
beforeAll(async () => {
  descriptors = await greetDescriptors()
})

/** Says what reached it. */
const startEcho = (name = 'echo') =>
  startHttp((request, response) => {
    response.setHeader('set-cookie', 'own=1')
    response.end(JSON.stringify({ name, url: request.url, headers: request.headers }))
  })

async function start() {
  const [echo, other] = [await startEcho(), await startEcho('other')]
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA' }] })
  const wires = [
    httpRoute('hello', [echo.port]),
    httpRoute('say-hello', [echo.port]),
    httpRoute('secret', [echo.port], { public: false }),
    httpRoute('hello', [other.port], { namespace: 'grey-owl' }),
    httpRoute('hidden', [other.port], { namespace: 'grey-owl', public: false }),
  ]
  const inside = await startInside(wires, { jwks })
  const json = async (asked: Parameters<typeof inside.ask>[0]) => JSON.parse((await inside.ask(asked)).body)
  const status = async (asked: Parameters<typeof inside.ask>[0]) => (await inside.ask(asked)).status
  const token = () =>
    new SignJWT({ sid: 'ses_1', ns: { 'bright-fox': 'developer', 'grey-owl': 'owner' } })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k1' })
      .setSubject('usr_1')
      .setIssuer('micro')
      .setAudience('micro')
      .setExpirationTime('15m')
      .sign(privateKey)
  return { ...inside, json, status, token }
}

const fromOwl = { from: '127.98.2.2', to: owl.gateway }

describe('an instance', () => {
  test('reaches each service of its namespace at <service>.internal, at its root', async () => {
    const { json, ask } = await start()
    expect(await json({ host: 'hello.internal', path: '/a?b=c' })).toMatchObject({ name: 'echo', url: '/a?b=c' })
    expect(await json({ host: 'Say-Hello.internal:80', path: '/' })).toMatchObject({ name: 'echo', url: '/' })
    expect(await json({ host: 'hello.internal', ...fromOwl })).toMatchObject({ name: 'other', url: '/' })
    expect((await ask({ host: 'hello.internal' })).headers['set-cookie']).toEqual(['own=1'])
  })

  test('reaches the API of its namespace at the gateway and at api.internal', async () => {
    const { json, ports } = await start()
    for (const host of [fox.gateway, `${fox.gateway}:${ports.http}`, 'api.internal'])
      expect(await json({ host, path: '/hello/a' })).toMatchObject({ name: 'echo', url: '/a', headers: { 'x-forwarded-prefix': '/hello' } })
  })

  test('calls and sees the private services of its namespace without a token', async () => {
    const { json, status, port } = await start()
    expect(await json({ host: 'secret.internal' })).toMatchObject({ name: 'echo' })
    expect((await json({})).services.map(({ name }: { name: string }) => name)).toEqual(['hello', 'say-hello', 'secret'])
    expect((await ask(port, { path: '/secret' })).status).toBe(401)
    expect(await status({ host: 'hidden.internal' })).toBe(404)
  })

  test('hands no token of the platform to a service, but others', async () => {
    const { json, token } = await start()
    const given = async (host: string, authorization: string) => (await json({ host, headers: { authorization } })).headers.authorization
    expect(await given('secret.internal', 'Bearer of-its-own')).toBe('Bearer of-its-own')
    expect(await given('secret.internal', `Bearer ${await token()}`)).toBeUndefined()
    expect(await given('hello.internal', `Bearer ${await token()}`)).toBeUndefined()
  })

  test('is told apart by its address, whatever it says of itself', async () => {
    const { json } = await start()
    const headers = { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'localhost', 'micro-request-id': 'mine', 'micro-role': 'owner' }
    const { headers: seen } = await json({ host: 'hello.internal', headers })
    expect(seen).toMatchObject({
      'x-forwarded-for': '127.98.1.2',
      'x-forwarded-host': 'hello.internal',
      'micro-namespace': 'bright-fox',
      'micro-request-id': 'mine',
    })
    expect(seen['micro-role']).toBeUndefined()
  })

  test('does not get into another namespace by naming it', async () => {
    const { ask, status, token } = await start()
    const named = { 'micro-namespace': 'grey-owl' }
    expect(await ask({ path: '/hello', headers: named })).toMatchObject({ status: 403, body: expect.stringContaining('grey-owl') })
    expect(await status({ path: '/hello', headers: { ...named, authorization: `Bearer ${await token()}` } })).toBe(403)
    expect(await status({ path: '/micro.auth.v1.AuthService/LogIn', method: 'POST', headers: named })).toBe(403)
    expect(await status({ path: '/hello', headers: { 'micro-namespace': 'bright-fox' } })).toBe(200)
    expect(await status({ path: '/hello', headers: { 'micro-namespace': 'bright-fox, grey-owl' } })).toBe(400)
  })

  test.for(['localhost', 'bright-fox.localhost', 'hello--grey-owl.localhost', '127.0.0.1', owl.gateway, 'a.hello.internal', 'internal'])(
    'is not answered for %s',
    async (host) => {
      const { ask } = await start()
      expect(await ask({ host, path: '/hello' })).toMatchObject({ status: 421, body: expect.stringContaining('<service>.internal') })
    },
  )

  test('gets neither the console nor what else people use', async () => {
    const { status } = await start()
    for (const path of ['/graphql', '/api/auth/session', '/-/healthz', '/-/readyz', '/.well-known/jwks.json', '/login'])
      expect([path, await status({ path, headers: { accept: 'text/html', cookie: 'a=b' } })]).toEqual([path, 404])
  })
})

test.for([
  ['the gateway itself, where programs of the machine are', { from: fox.gateway, to: fox.gateway }],
  ['another namespace', { from: '127.98.2.2', to: fox.gateway }],
  ['outside of all namespaces', { from: '127.0.0.1', to: fox.gateway }],
] as const)('who comes from %s is not answered', async ([, peer]) => {
  const { status } = await start()
  expect(await status({ ...peer, host: 'hello.internal' })).toBe(403)
})

test('RPC services are called by gRPC and by JSON, private ones too', async () => {
  const greeter = await startGreeter(descriptors)
  const { ports, ask } = await startInside([grpcRoute('hello', [greeter.port], descriptors, { public: false })])
  const createConnection = () => connectSocket({ host: fox.gateway, port: ports.http, localAddress: '127.98.1.9' })
  const client = createClient(
    greeterOf(descriptors),
    createGrpcTransport({ baseUrl: 'http://hello.internal', nodeOptions: { createConnection } }),
  )
  const { call } = client as unknown as { call(request: { name: string }): Promise<{ message: string }> }
  expect((await call({ name: 'Alice' })).message).toBe('Hello Alice')
  const json = { method: 'POST', path: '/hello/Greeter/Call', headers: { 'content-type': 'application/json' }, body: '{"name":"Bob"}' }
  expect(JSON.parse((await ask(json)).body)).toMatchObject({ message: 'Hello Bob' })
})

test('the platform’s RPCs answer at the gateway, and learn which instance asks; those of routers do not', async () => {
  const stateDirectory = await temporaryDirectory()
  await startHttp2(
    (request, response) => response.end(`${request.url} ${request.headers['x-forwarded-for']}`),
    join(stateDirectory, 'control.sock'),
  )
  const { ask } = await startInside([], { stateDirectory })
  const call = (host: string, path: string) =>
    ask({ host, path, method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  const me = '/micro.auth.v1.AuthService/GetMe'
  for (const host of [fox.gateway, 'api.internal']) expect((await call(host, me)).body).toBe(`${me} 127.98.1.2`)
  expect((await call(fox.gateway, '/micro.router.v1.RouterService/WatchRoutes')).status).toBe(404)
  expect((await call('hello.internal', me)).status).toBe(404)
})

describe('the networks that there are', () => {
  test('are answered from when they are told until they are gone, and then what came through them is cut', async () => {
    const echo = await startEcho()
    const { routes, ports, ask } = await startInside([httpRoute('hello', [echo.port])], { namespaces: [fox] })
    await expect(ask({ host: 'hello.internal', ...fromOwl })).rejects.toThrow('ECONNREFUSED')
    routes.push({ namespaces: [owl], routes: [httpRoute('hello', [echo.port], { namespace: 'grey-owl' })] })
    await until(() =>
      ask({ host: 'hello.internal', ...fromOwl }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    )

    const session = connect(`http://${owl.gateway}:${ports.http}`, {
      createConnection: () => connectSocket({ host: owl.gateway, port: ports.http, localAddress: '127.98.2.2' }),
    })
    onTestFinished(() => session.destroy())
    await new Promise((resolve) => session.once('remoteSettings', resolve))
    routes.push({ removedNamespaces: ['grey-owl'] })
    await until(() => session.destroyed)
    await expect(ask({ host: 'hello.internal', ...fromOwl })).rejects.toThrow('ECONNREFUSED')
    expect((await ask({ host: 'hello.internal' })).status).toBe(200)
  })

  test('are known from the copy on disk, while nobody tells', async () => {
    const echo = await startEcho()
    const first = await startInside([httpRoute('hello', [echo.port])])
    await first.close()
    const { stateDirectory, ports } = first
    const options = {
      host: '127.0.0.1',
      port: 0,
      domain: 'localhost',
      publicUrl: 'http://localhost',
      trustedProxies: [],
      loopbackOnly: true,
    }
    const sockets = { controlSocket: '/nowhere', consoleSocket: '/nowhere' }
    const alone = createRouter({ ...options, ...sockets, stateDirectory, routes: createTestRoutes(), inside: { ports }, log: testLog })
    await alone.listen()
    onTestFinished(() => alone.close(0))
    await until(() =>
      first.ask({ host: 'hello.internal' }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    )
  })
})
