import {
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type MessageShape,
  toJson,
} from '@bufbuild/protobuf'
import { ConnectError } from '@connectrpc/connect'
import { PlatformError } from '../../lib/errors.ts'
import type { Api } from '../api.ts'
import type { Context } from '../context.ts'
import { networkFault } from '../failure.ts'
import { codeName, fromConnectError } from '../wire-error.ts'
import { endpointName, type RemoteService } from './service.ts'

export type Call = {
  namespace: string
  service: RemoteService
  method: DescMethod
  /** One message, or for a method that takes a stream any number. */
  requests: AsyncIterable<MessageShape<DescMessage>>
  headers: readonly [name: string, value: string][]
  timeoutMs: number | undefined
}

/** Calls a method by gRPC and prints each response as JSON: readable on a terminal, one a line for streams and programs. Ctrl-C ends a stream cleanly. */
export async function invoke(ctx: Context, api: Api, call: Call): Promise<void> {
  const signal = ctx.interrupted()
  const { method, service } = call
  try {
    for await (const message of responses(api, call, signal)) {
      const json = toJson(method.output, message, { registry: service.registry })
      if (method.methodKind === 'unary' || method.methodKind === 'client_streaming') ctx.out.value(json)
      else ctx.out.jsonLine(json)
    }
  } catch (error) {
    if (signal.aborted && method.methodKind !== 'unary') return
    throw callFailed(error, call, api.origin)
  }
}

async function* responses(api: Api, call: Call, signal: AbortSignal): AsyncIterable<MessageShape<DescMessage>> {
  const { method, requests, timeoutMs } = call
  const header = new Headers([...call.headers, ['Micro-Namespace', call.namespace], ['Micro-Service', call.service.name]])
  const { grpc } = api.connection
  if (isUnary(method)) {
    for await (const request of requests) yield (await grpc.unary(method, signal, timeoutMs, header, request)).message
  } else if (isStreaming(method)) {
    yield* (await grpc.stream(method, signal, timeoutMs, header, requests)).message
  }
}

const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === 'unary'
const isStreaming = (method: DescMethod): method is DescMethodStreaming => method.methodKind !== 'unary'

/** How Connect says that a timeout has passed. */
const connectsTimeout = 'the operation timed out'

/** The service's own error is the call's outcome, whatever its code; only what the platform answers in its place has an exit code of its own. */
function callFailed(error: unknown, { service, method, timeoutMs }: Call, origin: string): unknown {
  if (!(error instanceof ConnectError)) return error
  const code = codeName(error.code)
  const known = fromConnectError(error, origin)
  const isPlatforms =
    networkFault(error) !== undefined || ['unauthenticated', 'permission_denied', 'deadline_exceeded', 'canceled'].includes(code)
  if (error.rawMessage === connectsTimeout)
    return new PlatformError('deadline_exceeded', `${service.name} ${endpointName(method)} took longer than ${timeoutMs} ms.`, {
      cause: error,
    })
  if (isPlatforms) return known
  const hint = known instanceof PlatformError ? known.details.hint : undefined
  return new PlatformError('unknown', `${service.name} ${endpointName(method)} answered ${code}: ${error.rawMessage || 'no message'}`, {
    reason: 'CALL_FAILED',
    metadata: { code },
    ...(hint ? { hint } : {}),
    cause: error,
  })
}
