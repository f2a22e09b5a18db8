import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { ask, httpRoute, startHttp, startTestRouter, until } from './testing.ts'

async function start() {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA' }] })
  const service = await startHttp((request, response) => response.end(JSON.stringify({ url: request.url, headers: request.headers })))
  const wires = [
    httpRoute('hello', [service.port]),
    httpRoute('secret', [service.port], { public: false }),
    httpRoute('elsewhere', [service.port], { namespace: 'grey-owl' }),
  ]
  const namespaces = ['bright-fox', 'grey-owl', 'empty-nest'].map((name, i) => ({ id: `ns_${i}`, name }))
  const router = await startTestRouter(wires, {}, { jwks, namespaces })
  const sign = (claims: Record<string, unknown> = {}, { key = privateKey, expires = '15m', issuer = 'micro', audience = 'micro' } = {}) =>
    new SignJWT({ sid: 'ses_1', ns: { 'bright-fox': 'developer' }, ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k1' })
      .setSubject('usr_1')
      .setIssuer(issuer)
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(key)
  const get = async (path: string, token?: string, more: Parameters<typeof ask>[1] = {}) => {
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...more.headers }
    const { status, body, headers: answered } = await ask(router.port, { path, ...more, headers })
    return { status, headers: answered, json: JSON.parse(body) }
  }
  return { ...router, sign, get }
}

test('a private service needs a token of one of its members', async () => {
  const { get, sign } = await start()
  const none = await get('/secret')
  expect([none.status, none.headers['www-authenticate'], none.json]).toMatchObject([
    401,
    'Bearer realm="micro"',
    { id: 'bright-fox.secret', code: 401 },
  ])
  const other = await generateKeyPair('EdDSA')
  const bad = {
    malformed: 'abc.def.ghi',
    foreign: await sign({}, { key: other.privateKey }),
    expired: await sign({}, { expires: '-1s' }),
    'another issuer': await sign({}, { issuer: 'evil' }),
    'another audience': await sign({}, { audience: 'evil' }),
    'without namespaces': await sign({ ns: undefined }),
    'without a session': await sign({ sid: undefined }),
    unsigned: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`,
  }
  for (const [what, token] of Object.entries(bad)) {
    const answer = await get('/secret', token)
    expect([what, answer.status, answer.headers['www-authenticate']]).toEqual([what, 401, 'Bearer realm="micro", error="invalid_token"'])
  }
  const stranger = await get('/secret', await sign({ ns: { 'grey-owl': 'owner' } }))
  expect([stranger.status, stranger.json.detail]).toEqual([403, 'You are not a member of the namespace "bright-fox".'])
  expect((await get('/secret', await sign({ ns: { constructor: 'owner' } }))).status).toBe(403)
  const member = await get('/secret', await sign())
  expect([member.status, member.json.headers.authorization]).toEqual([200, undefined])
})

test('a public service sees the authorization that was meant for it', async () => {
  const { get, sign } = await start()
  expect((await get('/hello', 'of.their.own')).json.headers.authorization).toBe('Bearer of.their.own')
  const other = await generateKeyPair('EdDSA')
  const foreign = await sign({}, { key: other.privateKey })
  expect((await get('/hello', foreign)).json.headers.authorization).toBe(`Bearer ${foreign}`)
})

test('a public service gets no token of the platform: with it, it could act as the caller', async () => {
  const { get, sign } = await start()
  for (const ns of [{ 'bright-fox': 'owner' }, { 'grey-owl': 'owner' }]) {
    const { status, json } = await get('/hello', await sign({ ns }))
    expect([status, json.headers.authorization]).toEqual([200, undefined])
  }
})

test('a token is refused as soon as its session is revoked, and keys can change', async () => {
  const { get, sign, routes } = await start()
  const token = await sign()
  expect((await get('/secret', token)).status).toBe(200)
  routes.push({ revokedSessions: ['ses_1'] })
  await until(async () => (await get('/secret', token)).status === 401)
  expect((await get('/secret', await sign({ sid: 'ses_2' }))).status).toBe(200)
  const next = await generateKeyPair('EdDSA')
  routes.push({ jwks: JSON.stringify({ keys: [{ ...(await exportJWK(next.publicKey)), kid: 'k1', alg: 'EdDSA' }] }) })
  const fresh = await sign({ sid: 'ses_3' }, { key: next.privateKey })
  await until(async () => (await get('/secret', fresh)).status === 200)
  expect((await get('/secret', await sign({ sid: 'ses_2' }))).status).toBe(401)
})

test('the namespace comes from the header, else the host, else the token', async () => {
  const { get, sign } = await start()
  const at = (host: string, namespace?: string) => ({ host, headers: namespace === undefined ? {} : { 'micro-namespace': namespace } })
  expect((await get('/hello', undefined, at('api.localhost', 'bright-fox'))).status).toBe(200)
  expect((await get('/hello', undefined, at('bright-fox.localhost', 'bright-fox'))).status).toBe(200)
  expect((await get('/hello', await sign(), at('api.localhost'))).status).toBe(200)

  const contradiction = await get('/hello', undefined, at('bright-fox.localhost', 'grey-owl'))
  expect([contradiction.status, contradiction.json.detail]).toEqual([
    400,
    expect.stringContaining('Micro-Namespace says "grey-owl", the host says "bright-fox"'),
  ])
  const unsaid = await get('/hello', undefined, at('api.localhost'))
  expect([unsaid.status, unsaid.json.detail]).toEqual([400, expect.stringContaining('send the header Micro-Namespace')])
  const several = await get('/hello', await sign({ ns: { 'bright-fox': 'owner', 'grey-owl': 'viewer' } }), at('api.localhost'))
  expect([several.status, several.json.detail]).toEqual([400, expect.stringContaining('Your token is for bright-fox, grey-owl')])
  const unknown = await get('/hello', undefined, at('api.localhost', 'nobody'))
  expect([unknown.status, unknown.json]).toMatchObject([
    404,
    { id: 'micro.router', detail: expect.stringContaining('no namespace "nobody"') },
  ])
  expect((await get('/hello', undefined, at('api.localhost', 'bright-fox, grey-owl'))).status).toBe(400)
})

test('what is not there is answered with what is nearby, and private services are nobody’s neighbours', async () => {
  const { get, sign } = await start()
  expect((await get('/helo')).json.detail).toBe('bright-fox has no service "helo". Did you mean hello?')
  expect((await get('/xyz')).json.detail).toBe('bright-fox has no service "xyz". There are: hello.')
  expect((await get('/secrt')).json.detail).toBe('bright-fox has no service "secrt". There are: hello.')
  expect((await get('/secrt', await sign())).json.detail).toBe('bright-fox has no service "secrt". Did you mean secret?')
  expect((await get('/elsewhere')).status).toBe(404)
  expect((await get('/x', undefined, { host: 'empty-nest.localhost' })).json.detail).toBe(
    'empty-nest has no service "x". There are no services here.',
  )
  expect((await get('/greet.v1.Greeter/Call')).json.detail).toContain('bright-fox has no RPC service greet.v1.Greeter')
  expect((await get('/%zz')).status).toBe(400)
  const tag = await get('/', undefined, { host: 'v3--hello--bright-fox.localhost' })
  expect([tag.status, tag.json.detail]).toEqual([404, expect.stringContaining('"v3" of hello is not running')])
})

test('the root of a namespace lists what the caller may see', async () => {
  const { get, sign, port } = await start()
  const open = await get('/')
  expect(open.json).toEqual({
    namespace: 'bright-fox',
    services: [
      {
        name: 'hello',
        protocol: 'http',
        public: true,
        release: 'v1',
        ready: true,
        path: '/hello',
        url: 'http://hello--bright-fox.localhost:8080',
      },
    ],
  })
  const names = async (token?: string, more = {}) => (await get('/', token, more)).json.services.map(({ name }: { name: string }) => name)
  expect(await names(await sign())).toEqual(['hello', 'secret'])
  expect(await names(await sign({ ns: { 'grey-owl': 'owner' } }))).toEqual(['hello'])
  expect(await names(undefined, { host: 'localhost', headers: { 'micro-namespace': 'grey-owl' } })).toEqual(['elsewhere'])
  const post = await ask(port, { path: '/', method: 'POST' })
  expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD'])
})

test('hosts that are nobody’s are misdirected', async () => {
  const { port } = await start()
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'a.b.localhost',
    'x--y--z--w.localhost',
    'Bright_Fox.localhost',
    '10.0.0.1',
    '-.localhost',
  ]) {
    const { status, body } = await ask(port, { host })
    expect([host, status, JSON.parse(body)]).toMatchObject([host, 421, { id: 'micro.router', code: 421, status: 'Misdirected Request' }])
  }
  expect((await ask(port, { host: 'BRIGHT-FOX.LocalHost', path: '/hello' })).status).toBe(200)
})

test('a loopback-only server refuses forwarded requests; behind trusted proxies they are believed, and from others overwritten', async () => {
  const { port, get } = await start()
  for (const name of ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x_forwarded_proto', 'x-real-ip']) {
    expect([name, (await get('/hello', undefined, { headers: { [name]: '1.2.3.4' } })).status]).toEqual([name, 400])
  }
  expect(port).toBeGreaterThan(0)

  const service = await startHttp((request, response) => response.end(JSON.stringify(request.headers)))
  const forwarded = {
    'x-forwarded-for': '9.9.9.9, 1.2.3.4, 127.0.0.2',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    forwarded: 'for=x',
    'x-real-ip': '8.8.8.8',
  }
  const seen = async (trustedProxies: string[]) => {
    const router = await startTestRouter([httpRoute('hello', [service.port])], { loopbackOnly: false, trustedProxies })
    return JSON.parse((await ask(router.port, { path: '/hello', headers: forwarded })).body)
  }
  const trusted = await seen(['127.0.0.0/8'])
  expect(trusted).toMatchObject({
    'x-forwarded-for': '9.9.9.9, 1.2.3.4, 127.0.0.2, 127.0.0.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'bright-fox.localhost',
  })
  const untrusted = await seen(['10.0.0.0/8', 'fd00::/8'])
  expect(untrusted).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'bright-fox.localhost',
  })
  for (const headers of [trusted, untrusted]) for (const name of ['forwarded', 'x-real-ip']) expect(headers).not.toHaveProperty(name)
})
