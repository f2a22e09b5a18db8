import {
  create,
  createFileRegistry,
  type DescMethod,
  type DescMethodBiDiStreaming,
  type DescMethodClientStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
} from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { until } from './cli.ts'
import { authenticator, type State } from './state.ts'

/** A tenant's gRPC service behind the same port, its types known by descriptor only. */
export function everythingRoutes(router: ConnectRouter, state: State): void {
  const authenticated = authenticator(state)
  const methods =
    createFileRegistry(fromBinary(FileDescriptorSetSchema, state.descriptors)).getService('everything.Everything')?.method ?? {}

  router.rpc(methodOf(methods.call, isUnary), (request, context) => {
    authenticated(context)
    return request
  })
  const stream = methodOf(methods.stream, isServerStreaming)
  const response = (number: number) => create(stream.output, { number })
  router.rpc(stream, async function* (request, context) {
    authenticated(context)
    for (let number = 1; number <= numberIn(request, 'messages'); number++) yield response(number)
    if (numberIn(request, 'forever') === 1) await until(() => context.signal.aborted, 60_000)
  })
  router.rpc(methodOf(methods.sum, isClientStreaming), async (requests) => {
    let total = 0
    for await (const request of requests) total += numberIn(request, 'number')
    return response(total)
  })
  router.rpc(methodOf(methods.echo, isBiDiStreaming), async function* (requests) {
    for await (const request of requests) yield request
  })
  router.rpc(methodOf(methods.failNow, isUnary), () => {
    state.fake.calls.push('FailNow')
    throw new ConnectError('The tank is\u001b[2J \u0007 empty.', Code.FailedPrecondition)
  })
}

const numberIn = (message: object, name: string) => Number(Object.entries(message).find(([key]) => key === name)?.[1] ?? 0)

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === 'unary'
const isServerStreaming = (method: DescMethod): method is DescMethodServerStreaming => method.methodKind === 'server_streaming'
const isClientStreaming = (method: DescMethod): method is DescMethodClientStreaming => method.methodKind === 'client_streaming'
const isBiDiStreaming = (method: DescMethod): method is DescMethodBiDiStreaming => method.methodKind === 'bidi_streaming'

function methodOf<M extends DescMethod>(method: DescMethod | undefined, is: (method: DescMethod) => method is M): M {
  if (method === undefined || !is(method)) throw new Error('everything.Everything has other methods.')
  return method
}
