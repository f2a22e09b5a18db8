import type { DescMessage, DescMethodStreaming, DescMethodUnary, MessageInitShape } from '@bufbuild/protobuf'
import { Code, ConnectError, type StreamResponse, type UnaryResponse } from '@connectrpc/connect'
import type { Balancer } from './balancer.ts'
import type { Exchange } from './exchange.ts'
import type { GrpcTarget } from './grpc-target.ts'
import { isOriginHeader, type Passing, requestHeaders } from './headers.ts'
import type { Upstream } from './table.ts'
import { NotSent } from './target.ts'

/** Calls an RPC service for one request that came in another protocol. */
export interface RpcCall {
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    how: How,
    input: MessageInitShape<I>,
  ): Promise<UnaryResponse<I, O>>
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    how: How,
    input: AsyncIterable<MessageInitShape<I>>,
  ): Promise<StreamResponse<I, O>>
}

export type How = { signal: AbortSignal; timeoutMs?: number | undefined }

export function createRpcCall(
  exchange: Exchange,
  options: { balancer: Balancer; target(upstream: Upstream): GrpcTarget; upstreams(): readonly Upstream[]; passing: Passing },
): RpcCall {
  const header = metadata(exchange, options.passing)
  const through = <Answer>({ signal }: How, call: (target: GrpcTarget) => Promise<Answer>) =>
    options.balancer
      .send<Answer>(
        options.upstreams,
        async (upstream) => {
          exchange.subject.instance = upstream.instance
          const target = options.target(upstream)
          try {
            // First of all, because a stream of requests cannot be taken back once somebody began to read it.
            await target.ready(signal)
            return await call(target)
          } catch (error) {
            throw error instanceof ConnectError && error.cause instanceof NotSent ? error.cause : error
          }
        },
        signal,
      )
      .catch((error) => {
        exchange.subject.rpcStatus = error instanceof NotSent ? Code.Unavailable : ConnectError.from(error).code
        throw error instanceof NotSent
          ? new ConnectError('No instance of the service accepts connections.', Code.Unavailable, undefined, undefined, error)
          : error
      })
  return {
    unary: (method, how, input) => through(how, ({ transport }) => transport.unary(method, how.signal, how.timeoutMs, header, input)),
    stream: async (method, how, input) => {
      const answer = await through(how, ({ transport }) => transport.stream(method, how.signal, how.timeoutMs, header, input))
      return { ...answer, message: noting(exchange, answer.message) }
    },
  }
}

/** A stream tells of its failure at its end, when the head of the answer has long gone out. */
async function* noting<Message>({ subject }: Exchange, messages: AsyncIterable<Message>): AsyncGenerator<Message> {
  try {
    yield* messages
  } catch (error) {
    subject.rpcStatus = ConnectError.from(error).code
    throw error
  }
}

const ofTheProtocol = new Set(['host', 'accept', 'accept-encoding', 'cookie', 'expect', 'date', 'server', 'vary', 'etag', 'origin'])
const ofTheProtocolPrefix = /^(content-|connect-|grpc-|sec-|access-control-|trailer-|:)/

/** A header that is the caller's own word to the service, or the other way round. */
export const isMetadata = (name: string): boolean => !ofTheProtocol.has(name) && !ofTheProtocolPrefix.test(name) && !isOriginHeader(name)

function metadata(exchange: Exchange, passing: Passing): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(requestHeaders(exchange, passing))) {
    if (isMetadata(name)) for (const each of [value].flat()) headers.append(name, each)
  }
  return headers
}

/** Metadata of an answer as headers of an HTTP answer. */
export function metadataHeaders(header: Headers): Record<string, string> {
  return Object.fromEntries([...header].filter(([name]) => isMetadata(name) && name !== 'set-cookie' && !name.startsWith('micro-')))
}
