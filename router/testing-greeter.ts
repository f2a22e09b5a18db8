import { connect } from 'node:net'
import { createFileRegistry, type DescService, fromBinary, type JsonValue, type Message } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, createClient, type HandlerContext } from '@connectrpc/connect'
import { connectNodeAdapter, createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { startHttp2 } from './testing.ts'

/** The service of `testdata/greet.proto`, served by gRPC, and clients of it. Messages are plain objects: there is no generated code of it. */

export function greeterOf(descriptors: Uint8Array): DescService {
  for (const service of createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors))) {
    if (service.kind === 'service' && service.name === 'Greeter') return service
  }
  throw new Error('greet.proto has no Greeter.')
}

export type Greeter = { port: number; close(): Promise<void>; readonly hanging: number; readonly cancelled: number }

export async function startGreeter(descriptors: Uint8Array, where: number | string = 0, name = 'Hello'): Promise<Greeter> {
  const state = { hanging: 0, cancelled: 0 }
  const { port, close } = await startHttp2(
    connectNodeAdapter({ routes: (router: Untyped) => void addGreeter(router, descriptors, state, name) }),
    where,
  )
  return Object.assign(state, { port, close })
}

// The library types what generated code would say of a service; of one that is known only when running it can say nothing.
type Fields = Message & Record<string, unknown>
type Untyped = { service(service: DescService, implementation: Record<string, unknown>): unknown }

function addGreeter(router: Untyped, descriptors: Uint8Array, state: { hanging: number; cancelled: number }, greeting: string): void {
  const hello = (input: Message, context: HandlerContext) => {
    context.responseHeader.set('x-greeting', greeting)
    context.responseTrailer.set('x-done', 'yes')
    return { message: `${greeting} ${(input as Fields).name}`, seen: Object.fromEntries(context.requestHeader) }
  }
  async function* greetAll(inputs: AsyncIterable<Message>) {
    for await (const input of inputs) yield { message: `${greeting} ${(input as Fields).name}` }
  }
  async function* count(input: Message) {
    const { to, failAfter } = input as Fields
    for (let number = 1; number <= Number(to); number++) {
      if (failAfter !== 0 && number > Number(failAfter)) throw new ConnectError('Lost count.', Code.ResourceExhausted)
      yield { number }
    }
  }
  router.service(greeterOf(descriptors), {
    call: hello,
    look: hello,
    echo: (input: Message) => input,
    count,
    chat: greetAll,
    async collect(inputs: AsyncIterable<Message>) {
      const names: unknown[] = []
      for await (const input of inputs) names.push((input as Fields).name)
      return { message: names.join(' and ') }
    },
    fail(input: Message) {
      throw new ConnectError('Failed as asked: 100 % für Sie.', Number((input as Fields).code))
    },
    async hang(_: Message, { signal }: HandlerContext) {
      state.hanging++
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      state.cancelled++
      return {}
    },
  })
}

const transports = { grpc: createGrpcTransport, 'grpc-web': createGrpcWebTransport, connect: createConnectTransport }

export type GreeterClient = {
  [method in 'call' | 'look' | 'echo' | 'fail' | 'hang']: (input: JsonValue, options?: object) => Promise<Record<string, unknown>>
} & {
  count(input: JsonValue, options?: object): AsyncIterable<Record<string, unknown>>
  chat(inputs: AsyncIterable<JsonValue>, options?: object): AsyncIterable<Record<string, unknown>>
  collect(inputs: AsyncIterable<JsonValue>, options?: object): Promise<Record<string, unknown>>
}

/** A client of whatever stands at the port, which it calls by the host given. */
export function greeterClient(
  protocol: keyof typeof transports,
  descriptors: Uint8Array,
  {
    port,
    host = 'bright-fox.localhost',
    httpVersion = '2',
    useHttpGet = false,
  }: { port: number; host?: string; httpVersion?: '1.1' | '2'; useHttpGet?: boolean },
): GreeterClient {
  const options =
    httpVersion === '2'
      ? { httpVersion: '2' as const, nodeOptions: { createConnection: () => connect(port, '127.0.0.1') } }
      : { httpVersion: '1.1' as const, nodeOptions: { createConnection: () => connect(port, '127.0.0.1') } }
  const transport = transports[protocol]({ baseUrl: `http://${host}:${port}`, useHttpGet, ...options })
  const untyped: unknown = createClient(greeterOf(descriptors), transport)
  return untyped as GreeterClient
}
