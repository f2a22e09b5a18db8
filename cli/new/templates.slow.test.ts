import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import {
  createFileRegistry,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  fromBinary,
} from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { describe, expect, test, vi } from 'vitest'
import { type Language, languages, type TemplateKind } from './names.ts'
import { environment, generatedService, needsToolchain, run } from './testing.ts'

/** As the READMEs of the templates say it. */
const commands: Record<`${Language}-${TemplateKind}`, { prepare: string[][]; test: string[]; start: [string, ...string[]] }> = {
  'typescript-rpc': { prepare: [['npm', 'install']], test: ['npm', 'test'], start: ['node', 'src/index.ts'] },
  'typescript-http': { prepare: [], test: ['npm', 'test'], start: ['node', 'src/index.ts'] },
  'python-rpc': {
    prepare: [
      ['python3', '-m', 'venv', '.venv'],
      ['.venv/bin/pip', 'install', '--quiet', '-r', 'requirements.txt'],
    ],
    test: ['.venv/bin/python', '-m', 'unittest'],
    start: ['.venv/bin/python', 'main.py'],
  },
  'python-http': { prepare: [], test: ['python3', '-m', 'unittest'], start: ['python3', 'main.py'] },
  'go-rpc': {
    prepare: [
      ['go', 'vet', './...'],
      ['go', 'build', '-o', 'bin/service', '.'],
    ],
    test: ['go', 'test', './...'],
    start: ['bin/service'],
  },
  'go-http': {
    prepare: [
      ['go', 'vet', './...'],
      ['go', 'build', '-o', 'bin/service', '.'],
    ],
    test: ['go', 'test', './...'],
    start: ['bin/service'],
  },
}

describe.each(languages)('a new service in %s', (lang) => {
  test('by rpc builds, passes its test, answers, and finishes what is in flight when told to stop', {
    timeout: 600_000,
  }, async (context) => {
    await needsToolchain(lang, context)
    await using service = await generatedService({ name: 'say-hello', lang, template: 'rpc' })
    const { prepare, test, start } = commands[`${lang}-rpc`]
    for (const argv of prepare) await run(argv, service.path)
    await run(test, service.path)

    await using process = await startService(start, service.path)
    const client = clientOf(await compiledService(service.path, 'sayhello.SayHello'), process.port)
    expect(await client.call({ name: 'Alice' })).toMatchObject({ message: 'Hello Alice' })
    expect(await client.call({})).toMatchObject({ message: 'Hello World' })

    const request = Promise.withResolvers<Record<string, unknown>>()
    const responses = client.stream(request.promise)
    // On the same connection, after the stream began: when it is answered the server knows of the stream.
    await client.call({})
    process.terminate()
    await refusesConnections(process.port)
    request.resolve({ messages: 3 })
    expect(await responses).toMatchObject([{ count: 1 }, { count: 2 }, { count: 3 }])

    expect(await process.ended).toEqual({ code: 0, signal: null })
  })

  test('by http builds, passes its test, answers, and finishes what is in flight when told to stop', {
    timeout: 600_000,
  }, async (context) => {
    await needsToolchain(lang, context)
    await using service = await generatedService({ name: 'say-hello', lang, template: 'http' })
    const { prepare, test, start } = commands[`${lang}-http`]
    for (const argv of prepare) await run(argv, service.path)
    await run(test, service.path)

    await using process = await startService(start, service.path)
    const halfSent = await halfRequest(process.port, '/?name=Bob')
    const response = await fetch(`http://127.0.0.1:${process.port}/?name=Alice`)
    expect([response.headers.get('content-type'), await response.json()]).toEqual(['application/json', { message: 'Hello Alice' }])
    expect((await fetch(`http://127.0.0.1:${process.port}/health`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${process.port}/nowhere`)).status).toBe(404)

    process.terminate()
    await refusesConnections(process.port)
    halfSent.write('\r\n')
    // Go drops a request whose header comes too late: to net/http it wasn't in flight.
    if (lang !== 'go') expect(await text(halfSent)).toMatch(/^HTTP\/1\.[01] 200 .*"Hello Bob"/s)
    expect(await process.ended).toEqual({ code: 0, signal: null })
  })
})

/** Starts it as the platform does, and waits for the line that says where it listens. */
async function startService([program, ...args]: [string, ...string[]], cwd: string) {
  const child = spawn(program, args, {
    cwd,
    env: { ...environment, NODE_ENV: 'production', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  for await (const line of createInterface(child.stdout)) {
    const port = /^say-hello listens on port (\d+)$/.exec(line)?.[1]
    if (port === undefined) continue
    return {
      port: Number(port),
      ended,
      terminate: () => child.kill('SIGTERM'),
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL')
        await ended
      },
    }
  }
  throw new Error(`${program} ended before it listened: ${JSON.stringify(await ended)}`)
}

/** The service as an independent compiler reads it from the generated proto. */
async function compiledService(directory: string, typeName: string): Promise<DescService> {
  const file = join(directory, 'descriptors.binpb')
  await run(['buf', 'build', 'proto', '--output', file], directory)
  const service = createFileRegistry(fromBinary(FileDescriptorSetSchema, await readFile(file))).getService(typeName)
  if (!service) throw new Error(`The proto has no service ${typeName}.`)
  return service
}

/** Calls over gRPC what the descriptor describes, knowing no generated code. */
function clientOf(service: DescService, port: number) {
  const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` })
  const { call, stream } = service.method
  if (!call || !isUnary(call) || !stream || !isServerStream(stream)) throw new Error('The service has other methods.')
  return {
    async call(request: Record<string, unknown>): Promise<unknown> {
      return (await transport.unary(call, undefined, undefined, undefined, request)).message
    },
    /** Calls at once, and sends the request when there is one. */
    async stream(request: Promise<Record<string, unknown>>): Promise<unknown[]> {
      const responses: unknown[] = []
      const { message } = await transport.stream(stream, undefined, undefined, undefined, only(request))
      for await (const response of message) responses.push(response)
      return responses
    },
  }
}

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === 'unary'
const isServerStream = (method: DescMethod): method is DescMethodServerStreaming => method.methodKind === 'server_streaming'

async function* only<T>(value: Promise<T>) {
  yield await value
}

const refusesConnections = (port: number) =>
  vi.waitFor(
    async () => {
      const socket = connect(port, '127.0.0.1')
      try {
        await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      } finally {
        socket.destroy()
      }
    },
    { timeout: 20_000, interval: 20 },
  )

/** A request that lacks nothing but the empty line at its end. */
async function halfRequest(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n`)
  return socket
}
