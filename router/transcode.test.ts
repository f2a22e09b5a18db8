import { once } from 'node:events'
import { beforeAll, expect, test } from 'vitest'
import { type Asked, ask, askFor, greetDescriptors, grpcRoute, raw, startTestRouter, until } from './testing.ts'
import { startGreeter } from './testing-greeter.ts'

let descriptors: Uint8Array
beforeAll(async () => {
  descriptors = await greetDescriptors()
})

async function start() {
  const greeter = await startGreeter(descriptors)
  const router = await startTestRouter([grpcRoute('greeter', [greeter.port], descriptors)])
  const json = async (asked: Asked) => {
    const { status, body, headers } = await ask(router.port, asked)
    return { status, headers, json: JSON.parse(body) }
  }
  const echo = (query: string) => json({ path: `/greeter/echo?${query}` })
  const post = (path: string, body: unknown) =>
    json({ path, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { greeter, ...router, json, echo, post }
}

test('a method answers at its paths, by any spelling', async () => {
  const { json, post } = await start()
  for (const path of ['/greeter', '/Greeter/', '/greeter/call', '/greeter/CALL', '/greeter/Greeter/Call', '/greet.v1.Greeter/Call']) {
    const { status, headers, json } = await post(path, { name: 'Alice' })
    expect([path, status, json.message]).toEqual([path, 200, 'Hello Alice'])
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-greeting': 'Hello',
      'micro-request-id': expect.stringMatching(/^req_/),
    })
  }
  expect((await json({ path: '/greeter?name=Alice' })).json.message).toBe('Hello Alice')
  expect((await json({ host: 'greeter--bright-fox.localhost', path: '/?name=Alice' })).json.message).toBe('Hello Alice')
  expect((await json({ host: 'greeter--bright-fox.localhost', path: '/look?name=Alice' })).json.message).toBe('Hello Alice')
  const missing = await json({ path: '/greeter/cal?name=A' })
  expect([missing.status, missing.json.detail]).toEqual([404, expect.stringContaining('Did you mean Greeter.Call')])
})

test('query parameters are typed by the descriptor', async () => {
  const { echo } = await start()
  const query = [
    'text=a%20b&whole=-3&large=9007199254740993&real=1.5&yes=true&raw=aGk%3D&colour=COLOUR_RED&tags=x&tags=y&numbers=1&numbers=2',
    'labels.k=v&labels.a.b=c&inner.text=t&inner.inner.whole=4&at=2020-01-02T03:04:05Z&lasts=1.5s&maybe=there&right=7',
    'snakeCase=s&by_number.5={"text":"five"}&inners={"whole":1}&inners={"whole":2}',
  ].join('&')
  const { status, json } = await echo(query)
  expect(json).toEqual({
    text: 'a b',
    whole: -3,
    large: '9007199254740993',
    real: 1.5,
    yes: true,
    raw: 'aGk=',
    colour: 'COLOUR_RED',
    tags: ['x', 'y'],
    numbers: [1, 2],
    labels: { k: 'v', 'a.b': 'c' },
    inner: { text: 't', whole: 0, inner: { text: '', whole: 4 } },
    inners: [
      { text: '', whole: 1 },
      { text: '', whole: 2 },
    ],
    at: '2020-01-02T03:04:05Z',
    lasts: '1.500s',
    maybe: 'there',
    right: 7,
    snakeCase: 's',
    byNumber: { 5: { text: 'five', whole: 0 } },
  })
  expect(status).toBe(200)
  expect((await echo('colour=1&snake_case=s')).json).toMatchObject({ colour: 'COLOUR_RED', snakeCase: 's' })
})

test('fields without a value are in the answer, as clients expect them', async () => {
  const { post } = await start()
  expect((await post('/greeter/echo', {})).json).toMatchObject({
    text: '',
    whole: 0,
    large: '0',
    yes: false,
    colour: 'COLOUR_UNSPECIFIED',
    tags: [],
    labels: {},
  })
})

test('a body goes over the query, field by field', async () => {
  const { post, json } = await start()
  const both = await post('/greeter/echo?text=query&whole=1&inner.text=query&inner.whole=2&tags=query', {
    text: 'body',
    inner: { text: 'body' },
    tags: ['body'],
  })
  expect(both.json).toMatchObject({ text: 'body', whole: 1, inner: { text: 'body', whole: 2 }, tags: ['body'] })
  expect((await post('/greeter/echo?snakeCase=query', { snake_case: 'body' })).json).toMatchObject({ snakeCase: 'body' })
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  expect((await json({ path: '/greeter', method: 'POST', headers: form, body: 'name=Alice+B' })).json.message).toBe('Hello Alice B')
  expect((await json({ path: '/greeter', method: 'POST', headers: form, body: '{"name":"curl -d"}' })).json.message).toBe('Hello curl -d')
})

test.for([
  ['unknown=1', 'has no field "unknown"'],
  ['inner.unknown=1', 'has no field "inner.unknown"'],
  ['text.deeper=1', 'has no field "text.deeper"'],
  ['__proto__.x=1', 'has no field "__proto__.x"'],
  ['whole=many', 'The field "whole" is wrong'],
  ['whole=2147483648', 'The field "whole" is wrong'],
  ['inner.whole=x', 'The field "inner.whole" is wrong'],
  ['yes=1', 'The field "yes" is true or false'],
  ['colour=COLOUR_PINK', 'The field "colour" is wrong'],
  ['at=yesterday', 'The field "at" is wrong'],
  ['by_number.x={}', 'The field "byNumber" is wrong'],
  ['inner=x', 'The field "inner" holds a message'],
  ['text=a&text=b', 'The field "text" was given more than once'],
  ['left=a&right=1', 'left and right'],
  ['numbers=1&numbers=x', 'The field "numbers" is wrong'],
] as const)('?%s is refused: %s', async ([query, detail]) => {
  const { echo } = await start()
  const { status, json } = await echo(query)
  expect(json).toEqual({ id: 'bright-fox.greeter', code: 400, detail: expect.stringContaining(detail), status: 'Bad Request' })
  expect(status).toBe(400)
})

test.for([
  ['{"name":', 'not JSON'],
  ['[]', 'is not a greet.v1.HelloRequest'],
  ['{"name":1}', 'The field "name" is wrong'],
  ['{"nam":"x"}', 'has no field "nam". Its fields: name.'],
  ['{"__proto__":{"name":"x"}}', 'has no field "__proto__"'],
  ['\xff', 'not JSON'],
  [`${'['.repeat(100_000)}`, 'not JSON'],
] as const)('the body %s is refused: %s', async ([body, detail]) => {
  const { json } = await start()
  const answer = await json({ path: '/greeter', method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect([answer.status, answer.json.detail]).toEqual([400, expect.stringContaining(detail)])
})

test('nested faults are named by where they stand', async () => {
  const { post } = await start()
  expect((await post('/greeter/echo', { inners: [{ whole: 1 }, { whole: 'x' }] })).json.detail).toContain('"inners.1.whole"')
  expect((await post('/greeter/echo', { byNumber: { 7: { whole: 'x' } } })).json.detail).toContain('"byNumber.7.whole"')
  expect((await post('/greeter/echo', { inner: { inner: { nothing: 1 } } })).json.detail).toContain('"inner.inner.nothing"')
  let deep = {}
  for (let i = 0; i < 500; i++) deep = { inner: deep }
  expect((await post('/greeter/echo', deep)).status).toBe(400)
})

test('a body over the limit is refused, announced or not', async () => {
  const { json } = await start()
  const body = JSON.stringify({ name: 'x'.repeat(4 * 1024 * 1024) })
  const headers = { 'content-type': 'application/json' }
  expect(
    (await json({ path: '/greeter', method: 'POST', headers: { ...headers, 'content-length': String(body.length) }, body })).status,
  ).toBe(413)
  expect((await json({ path: '/greeter', method: 'POST', headers: { ...headers, 'transfer-encoding': 'chunked' }, body })).status).toBe(413)
  expect((await json({ path: '/greeter', method: 'POST', headers: { 'content-type': 'text/html' }, body: 'x' })).status).toBe(415)
})

test('a client that stops in the middle of its body is dropped', async () => {
  const { port } = await startTestRouter([grpcRoute('greeter', [1], descriptors)], { limits: { stallMs: 100 } })
  for (const [more, status, code] of [
    ['', '408 Request Timeout', '"code":408'],
    ['Connect-Protocol-Version: 1\r\n', '504 Gateway Timeout', '"code":"deadline_exceeded"'],
  ] as const) {
    const head = 'POST /greet.v1.Greeter/Call HTTP/1.1\r\nHost: greeter--bright-fox.localhost\r\nContent-Type: application/json\r\n'
    const answer = await raw(port, `${head}${more}Content-Length: 100\r\n\r\n{`, (text) => text.endsWith('}'))
    expect(answer).toContain(status)
    expect(answer).toContain(code)
  }
})

test('GET is for methods without side effects, or with parameters', async () => {
  const { json } = await start()
  expect((await json({ path: '/greeter/look' })).status).toBe(200)
  const call = await json({ path: '/greeter/call' })
  expect([call.status, call.headers.allow]).toEqual([405, 'POST'])
  const put = await json({ path: '/greeter/look', method: 'PUT' })
  expect([put.status, put.headers.allow]).toEqual([405, 'GET, POST'])
  expect((await json({ path: '/greeter/chat', method: 'POST' })).status).toBe(501)
})

test.for([
  [3, 400],
  [5, 404],
  [6, 409],
  [7, 403],
  [8, 429],
  [9, 400],
  [12, 501],
  [13, 500],
  [14, 503],
  [15, 500],
  [16, 401],
] as const)('gRPC code %s becomes HTTP %s', async ([code, status]) => {
  const { json } = await start()
  const answer = await json({ path: `/greeter/fail?code=${code}` })
  expect(answer.json).toMatchObject({ id: 'bright-fox.greeter', code: status, detail: 'Failed as asked: 100 % für Sie.' })
  expect(answer.status).toBe(status)
})

test('a server stream is lines of JSON, or events', async () => {
  const { port } = await start()
  const lines = await ask(port, { path: '/greeter/count?to=3' })
  expect(lines.headers['content-type']).toBe('application/x-ndjson')
  expect(lines.body).toBe('{"number":1}\n{"number":2}\n{"number":3}\n')
  const events = await ask(port, { path: '/greeter/count?to=2', headers: { accept: 'text/event-stream' } })
  expect(events.headers['content-type']).toBe('text/event-stream')
  expect(events.body).toBe('data: {"number":1}\n\ndata: {"number":2}\n\n')
  const failing = await ask(port, { path: '/greeter/count?to=3&failAfter=1' })
  const error = { id: 'bright-fox.greeter', code: 429, detail: 'Lost count.', status: 'Too Many Requests' }
  expect(failing.body).toBe(`{"number":1}\n${JSON.stringify({ error })}\n`)
  const failed = await ask(port, { path: '/greeter/count?to=3&failAfter=-1' })
  expect([failed.status, JSON.parse(failed.body)]).toEqual([429, error])
})

test('metadata are the headers of the request, but for those that are not the service’s business', async () => {
  const { json } = await start()
  const accepted = await json({
    path: '/greeter?name=A',
    headers: {
      'x-own': 'mine',
      cookie: 's=1',
      'micro-account': 'x',
      authorization: 'Bearer theirs',
      connection: 'close, x-hop',
      'x-hop': '1',
    },
  })
  expect(accepted.json.seen).toMatchObject({ 'x-own': 'mine', authorization: 'Bearer theirs', 'micro-namespace': 'bright-fox' })
  for (const name of ['cookie', 'micro-account', 'x-hop']) expect(accepted.json.seen).not.toHaveProperty(name)
})

test('timeouts are passed on and end the call; so does a client that leaves', async () => {
  const { json, greeter, port } = await start()
  expect(await json({ path: '/greeter/hang?name=A', headers: { 'micro-timeout': '100ms' } })).toMatchObject({
    status: 504,
    json: { detail: 'The service did not answer within the timeout of the call.' },
  })
  await until(() => greeter.cancelled === 1)
  expect((await json({ path: '/greeter/hang?name=A', headers: { 'grpc-timeout': '100m' } })).status).toBe(504)
  await until(() => greeter.cancelled === 2)
  const leaving = new AbortController()
  const answer = askFor(port, { path: '/greeter/hang?name=A' }, leaving.signal)
  await until(() => greeter.hanging === 3)
  leaving.abort()
  await expect(answer).rejects.toThrow()
  await until(() => greeter.cancelled === 3)
})

test('a stream ends when its client leaves', async () => {
  const { port } = await start()
  const answer = await askFor(port, { path: '/greeter/count?to=100000000' })
  await once(answer, 'data')
  answer.destroy()
  expect((await ask(port, { path: '/greeter?name=A' })).status).toBe(200)
})

test('pages of any origin may call public endpoints, without credentials', async () => {
  const { port } = await start()
  const headers = { origin: 'https://elsewhere.example' }
  const preflight = await ask(port, {
    path: '/greeter/call',
    method: 'OPTIONS',
    headers: { ...headers, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type, micro-timeout' },
  })
  expect([preflight.status, preflight.headers]).toMatchObject([
    204,
    {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'content-type, micro-timeout',
      'access-control-allow-methods': 'GET, POST',
    },
  ])
  for (const path of ['/greeter?name=A', '/greeter?nam=A']) {
    const answer = await ask(port, { path, headers })
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
  }
})
