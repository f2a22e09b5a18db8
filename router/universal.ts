import type { DescMessage, DescMethod, DescMethodStreaming, Message, MessageInitShape, MessageShape } from '@bufbuild/protobuf'
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from '@connectrpc/connect'
import type { UniversalHandler, UniversalServerResponse } from '@connectrpc/connect/protocol'
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node'
import { corsHeaders } from './cors.ts'
import { type Descriptors, isBidiStreaming, isClientStreaming, isServerStreaming, isUnary, methodPath } from './descriptors.ts'
import { acceptBody, type Exchange } from './exchange.ts'
import { hostHeader } from './headers.ts'
import type { Limits } from './limits.ts'
import { Refusal } from './refusal.ts'
import { inTime } from './relay.ts'
import { type How, isMetadata, type RpcCall } from './rpc-call.ts'
import { writeParts } from './streaming.ts'

export type UniversalForward = { descriptors: Descriptors; path: string; call: RpcCall; timeoutMs?: number | undefined; limits: Limits }

type Context = { call: RpcCall; timeoutMs: number | undefined }

const contextKey = createContextKey<Context | undefined>(undefined, { description: 'the call that a handler makes' })
const handlers = new WeakMap<Descriptors, Map<string, UniversalHandler>>()

/** Answers gRPC-Web and Connect by calling the service by gRPC; the library's own handlers speak both protocols. */
export async function forwardUniversal(exchange: Exchange, forward: UniversalForward): Promise<void> {
  const { request, signal, method } = exchange
  const handler = handlersOf(forward.descriptors, forward.limits).get(forward.path)
  if (handler === undefined) throw new Refusal(404, `There is no RPC method ${forward.path}.`)
  acceptBody(exchange)
  const header = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (!name.startsWith(':') && value !== undefined) for (const each of [value].flat()) header.append(name, each)
  }
  // A stream of requests may be quiet for as long as it likes.
  const { methodKind } = handler.method
  const one = methodKind === 'unary' || methodKind === 'server_streaming'
  const response = await handler({
    httpVersion: `${request.httpVersionMajor}.${request.httpVersionMinor}`,
    method,
    url: `http://${hostHeader(exchange)}${forward.path}${exchange.query}`,
    header,
    body: one ? inTime<Uint8Array>(request, forward.limits.stallMs) : request,
    signal,
    contextValues: createContextValues().set(contextKey, { call: forward.call, timeoutMs: forward.timeoutMs }),
  })
  await write(exchange, response, forward.limits)
}

async function write(exchange: Exchange, response: UniversalServerResponse, limits: Limits): Promise<void> {
  const { reply } = exchange
  reply.writeHead(response.status, { ...Object.fromEntries(response.header ?? []), ...corsHeaders(exchange) })
  if (response.body !== undefined) await writeParts(exchange, response.body, limits)
  if (response.trailer !== undefined) reply.addTrailers(Object.fromEntries(response.trailer))
  reply.end()
}

function handlersOf(descriptors: Descriptors, limits: Limits): Map<string, UniversalHandler> {
  const known = handlers.get(descriptors)
  if (known !== undefined) return known
  const router = createConnectRouter({
    grpc: false,
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes: limits.bodyBytes,
    jsonOptions: { registry: descriptors.registry() },
  })
  for (const service of descriptors.services()) for (const method of service.methods) addMethod(router, method)
  const created = new Map(router.handlers.map((handler) => [methodPath(handler.method), handler]))
  handlers.set(descriptors, created)
  return created
}

function addMethod(router: ConnectRouter, method: DescMethod): void {
  if (isUnary(method)) {
    router.rpc(method, async (input, context) => {
      const answer = await callOf(context).unary(method, howOf(context), input)
      copy(answer.header, context.responseHeader)
      copy(answer.trailer, context.responseTrailer)
      return answer.message
    })
  } else if (isServerStreaming(method)) {
    router.rpc(method, (input, context) => streamed(method, once(input), context))
  } else if (isBidiStreaming(method)) {
    router.rpc(method, (inputs, context) => streamed(method, inputs, context))
  } else if (isClientStreaming(method)) {
    router.rpc(method, async (inputs, context) => {
      let answer: Message | undefined
      // Read to the end, where the status is.
      for await (const message of streamed(method, inputs, context)) answer = message
      if (answer === undefined) throw new ConnectError('The service ended the call without an answer.', Code.Unavailable)
      return answer
    })
  }
}

async function* streamed<I extends DescMessage, O extends DescMessage>(
  method: DescMethodStreaming<I, O>,
  inputs: AsyncIterable<MessageInitShape<I>>,
  context: HandlerContext,
): AsyncGenerator<MessageShape<O>> {
  const answer = await callOf(context).stream(method, howOf(context), inputs)
  copy(answer.header, context.responseHeader)
  yield* answer.message
  copy(answer.trailer, context.responseTrailer)
}

async function* once<Item>(item: Item): AsyncGenerator<Item> {
  yield item
}

function callOf(context: HandlerContext): RpcCall {
  const given = context.values.get(contextKey)
  if (given === undefined) throw new ConnectError('No call was given to the handler.', Code.Internal)
  return given.call
}

function howOf(context: HandlerContext): How {
  const limits = [context.timeoutMs(), context.values.get(contextKey)?.timeoutMs].filter((timeoutMs) => timeoutMs !== undefined)
  return { signal: context.signal, timeoutMs: limits.length === 0 ? undefined : Math.min(...limits) }
}

function copy(from: Headers, to: Headers): void {
  for (const [name, value] of from) if (isMetadata(name) && !name.startsWith('micro-') && name !== 'set-cookie') to.append(name, value)
}
