import { once } from 'node:events'
import { connect, constants } from 'node:http2'
import { createServer } from 'node:net'
import { Code, ConnectError } from '@connectrpc/connect'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { ask, greetDescriptors, grpcRoute, httpRoute, startTestRouter, until } from './testing.ts'
import { greeterClient, startGreeter } from './testing-greeter.ts'

let descriptors: Uint8Array
beforeAll(async () => {
  descriptors = await greetDescriptors()
})

async function* names(...all: string[]) {
  for (const name of all) yield { name }
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

async function startWithGreeter() {
  const greeter = await startGreeter(descriptors)
  const router = await startTestRouter([grpcRoute('hello', [greeter.port], descriptors)])
  return { greeter, router }
}

const protocols = [
  ['grpc', '2'],
  ['grpc-web', '2'],
  ['grpc-web', '1.1'],
  ['connect', '2'],
  ['connect', '1.1'],
] as const

test.for(protocols)('%s over HTTP/%s: unary, streams, metadata, trailers and errors', async ([protocol, httpVersion]) => {
  const { router } = await startWithGreeter()
  const client = greeterClient(protocol, descriptors, { port: router.port, httpVersion })
  let header = new Headers()
  let trailer = new Headers()
  const answer = await client.call(
    { name: 'Alice' },
    {
      headers: { 'x-own': 'mine', 'micro-role': 'owner', cookie: 'session=1', authorization: 'Bearer theirs' },
      onHeader: (each: Headers) => {
        header = each
      },
      onTrailer: (each: Headers) => {
        trailer = each
      },
    },
  )
  expect(answer.message).toBe('Hello Alice')
  expect(answer.seen).toMatchObject({
    'x-own': 'mine',
    authorization: 'Bearer theirs',
    'micro-namespace': 'bright-fox',
    'x-forwarded-proto': 'http',
  })
  expect(answer.seen).not.toHaveProperty('micro-role')
  expect(answer.seen).not.toHaveProperty('cookie')
  expect([header.get('x-greeting'), trailer.get('x-done')]).toEqual(['Hello', 'yes'])
  expect(header.get('micro-request-id')).toMatch(/^req_/)

  expect((await collect(client.count({ to: 3 }))).map(({ number }) => number)).toEqual([1, 2, 3])
  expect(await client.collect(names('Alice', 'Bob'))).toMatchObject({ message: 'Alice and Bob' })
  if (httpVersion === '2') {
    expect((await collect(client.chat(names('Alice', 'Bob')))).map(({ message }) => message)).toEqual(['Hello Alice', 'Hello Bob'])
  }
  for (const code of [Code.NotFound, Code.PermissionDenied, Code.DataLoss]) {
    const error = await client.fail({ code }).catch((caught) => caught)
    expect(error).toBeInstanceOf(ConnectError)
    expect([error.code, error.rawMessage]).toEqual([code, 'Failed as asked: 100 % für Sie.'])
  }
  const failing = collect(client.count({ to: 3, failAfter: 2 }))
  await expect(failing).rejects.toMatchObject({ code: Code.ResourceExhausted })
})

test.for(protocols)('%s over HTTP/%s: the router says its own errors in the words of the protocol', async ([protocol, httpVersion]) => {
  const router = await startTestRouter([
    grpcRoute('hello', [], descriptors, { unavailableReason: 'hello is being repaired.' }),
    httpRoute('other', [1]),
  ])
  const client = greeterClient(protocol, descriptors, { port: router.port, httpVersion })
  await expect(client.call({})).rejects.toMatchObject({ code: Code.Unavailable, rawMessage: 'hello is being repaired.' })
  await expect(collect(client.count({ to: 1 }))).rejects.toMatchObject({ code: Code.Unavailable, rawMessage: 'hello is being repaired.' })
  const stranger = greeterClient(protocol, descriptors, { port: router.port, httpVersion, host: 'nobody.localhost' })
  await expect(stranger.call({})).rejects.toMatchObject({
    code: Code.NotFound,
    rawMessage: expect.stringContaining('no namespace "nobody"'),
  })
})

test.for(protocols)('%s over HTTP/%s: deadlines end calls, and clients that leave cancel them', async ([protocol, httpVersion]) => {
  const { router, greeter } = await startWithGreeter()
  const client = greeterClient(protocol, descriptors, { port: router.port, httpVersion })
  // The first call of all takes the longest: on a busy machine its time may be over before it arrives.
  await client.call({ name: 'A' })
  const none = () => greeter.cancelled === greeter.hanging
  await expect(client.hang({}, { timeoutMs: 200 })).rejects.toMatchObject({ code: Code.DeadlineExceeded })
  await until(none)
  await expect(client.hang({}, { headers: { 'micro-timeout': '200ms' } })).rejects.toMatchObject({ code: Code.DeadlineExceeded })
  await until(none)
  const leaving = new AbortController()
  const before = greeter.hanging
  const call = client.hang({}, { signal: leaving.signal })
  await until(() => greeter.hanging > before)
  leaving.abort()
  await expect(call).rejects.toMatchObject({ code: Code.Canceled })
  await until(none)
})

test('Connect by GET, for methods without side effects', async () => {
  const { router } = await startWithGreeter()
  const client = greeterClient('connect', descriptors, { port: router.port, httpVersion: '1.1', useHttpGet: true })
  expect(await client.look({ name: 'Alice' })).toMatchObject({ message: 'Hello Alice' })
})

test('a type that two services have needs to be told apart', async () => {
  const one = await startGreeter(descriptors, 0, 'One')
  const two = await startGreeter(descriptors, 0, 'Two')
  const { port } = await startTestRouter([grpcRoute('one', [one.port], descriptors), grpcRoute('two', [two.port], descriptors)])
  const client = greeterClient('grpc', descriptors, { port })
  await expect(client.call({})).rejects.toMatchObject({ code: Code.InvalidArgument, rawMessage: expect.stringContaining('one and two') })
  expect(await client.call({ name: 'A' }, { headers: { 'micro-service': 'two' } })).toMatchObject({ message: 'Two A' })
  const byHost = greeterClient('grpc', descriptors, { port, host: 'one--bright-fox.localhost' })
  expect(await byHost.call({ name: 'A' })).toMatchObject({ message: 'One A' })
  const byHeader = greeterClient('grpc', descriptors, { port, host: 'localhost' })
  expect(await byHeader.call({ name: 'A' }, { headers: { 'micro-namespace': 'bright-fox', 'micro-service': 'One' } })).toMatchObject({
    message: 'One A',
  })
})

test('an error that needs no body is one frame of headers, as gRPC wants it', async () => {
  const { port } = await startTestRouter()
  const session = connect(`http://127.0.0.1:${port}`)
  onTestFinished(() => session.destroy())
  const stream = session.request({
    ':method': 'POST',
    ':path': '/no.Such/Method',
    ':authority': 'bright-fox.localhost',
    'content-type': 'application/grpc',
  })
  stream.end()
  const [headers, flags] = await once(stream, 'response')
  expect(headers).toMatchObject({
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': '5',
    'micro-request-id': expect.stringMatching(/^req_/),
  })
  expect(flags & constants.NGHTTP2_FLAG_END_STREAM).toBe(constants.NGHTTP2_FLAG_END_STREAM)
})

test('trailers that a service says twice come as one, which every version of HTTP can carry', async () => {
  const port = await startTwiceSaying('etag')
  const router = await startTestRouter([grpcRoute('greeter', [port], descriptors)])
  const session = connect(`http://127.0.0.1:${router.port}`)
  onTestFinished(() => session.destroy())
  const stream = session.request({
    ':method': 'POST',
    ':path': '/greet.v1.Greeter/Call',
    ':authority': 'bright-fox.localhost',
    'content-type': 'application/grpc',
  })
  stream.end(Buffer.alloc(5))
  stream.resume()
  const [trailers] = await once(stream, 'trailers')
  expect(Object.entries(trailers)).toEqual([['etag', 'a, b']])
})

/** A gRPC server by hand: libraries refuse to send such trailers. @returns its port */
async function startTwiceSaying(trailer: string): Promise<number> {
  const frame = (type: number, flags: number, stream: number, payload: Uint8Array) => {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.byteLength, 0, 3)
    head.set([type, flags], 3)
    head.writeUInt32BE(stream, 5)
    return Buffer.concat([head, payload])
  }
  /** Literal header fields without indexing. */
  const fields = (...all: [string, string][]) =>
    Buffer.concat(
      all.flatMap(([name, value]) => [Buffer.of(0, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]),
    )
  const [data, headers, settings] = [0, 1, 4]
  const [endStream, endHeaders, ack] = [1, 4, 1]
  const server = createServer((socket) => {
    socket.write(frame(settings, 0, 0, Buffer.alloc(0)))
    let answered = false
    socket.on('data', (bytes) => {
      if (answered || (!bytes.includes('application/grpc') && !bytes.includes(Buffer.of(headers, endHeaders, 0, 0, 0, 1)))) return
      answered = true
      socket.write(frame(settings, ack, 0, Buffer.alloc(0)))
      socket.write(frame(headers, endHeaders, 1, fields([':status', '200'], ['content-type', 'application/grpc'])))
      socket.write(frame(data, 0, 1, Buffer.alloc(5)))
      socket.write(frame(headers, endHeaders | endStream, 1, fields([trailer, 'a'], [trailer, 'b'])))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('calls move to the next instance when one is gone, and fail when none is left', async () => {
  const one = await startGreeter(descriptors, 0, 'One')
  const two = await startGreeter(descriptors, 0, 'Two')
  const { port } = await startTestRouter([grpcRoute('hello', [one.port, two.port], descriptors)], { limits: { connectMs: 200 } })
  const client = greeterClient('grpc', descriptors, { port })
  const heard = new Set<unknown>()
  for (let i = 0; i < 4; i++) heard.add((await client.call({ name: 'A' })).message)
  expect(heard).toEqual(new Set(['One A', 'Two A']))
  await one.close()
  // Until the router sees that the connection is gone, a call may be lost with it.
  await until(() =>
    client.call({ name: 'A' }).then(
      () => true,
      () => false,
    ),
  )
  for (let i = 0; i < 4; i++) expect(await client.call({ name: 'A' })).toMatchObject({ message: 'Two A' })
  for (let i = 0; i < 4; i++)
    expect(JSON.parse((await ask(port, { path: '/hello/greeter/call?name=A' })).body)).toMatchObject({ message: 'Two A' })
  await two.close()
  await client.call({}).catch(() => {})
  await expect(client.call({ name: 'A' })).rejects.toMatchObject({ code: Code.Unavailable })
  expect((await ask(port, { path: '/hello/greeter/call?name=A' })).status).toBe(503)
})

test('a client that leaves in the middle of anything harms nobody', async () => {
  const { router } = await startWithGreeter()
  for (let i = 0; i < 30; i++) {
    const session = connect(`http://127.0.0.1:${router.port}`)
    session.on('error', () => {})
    const stream = session.request({
      ':method': 'POST',
      ':path': '/greet.v1.Greeter/Count',
      ':authority': 'bright-fox.localhost',
      'content-type': 'application/grpc',
    })
    stream.on('error', () => {})
    // A CountRequest of 2,000.
    stream.end(Buffer.from([0, 0, 0, 0, 3, 0x08, 0xd0, 0x0f]))
    if (i % 3 === 0) session.destroy()
    else if (i % 3 === 1) {
      await once(stream, 'response')
      stream.close(constants.NGHTTP2_CANCEL)
      session.close()
    } else {
      await once(stream, 'data')
      session.destroy()
    }
  }
  const client = greeterClient('grpc', descriptors, { port: router.port })
  expect(await client.call({ name: 'A' })).toMatchObject({ message: 'Hello A' })
})
