import { STATUS_CODES } from 'node:http'
import { Code, ConnectError } from '@connectrpc/connect'
import { codeToString } from '@connectrpc/connect/protocol-connect'
import { errorCodes, httpStatus, PlatformError } from '../lib/errors.ts'
import { NotSent } from './target.ts'

const grpcCodes: Record<number, Code> = {
  400: Code.InvalidArgument,
  401: Code.Unauthenticated,
  403: Code.PermissionDenied,
  404: Code.NotFound,
  405: Code.Unimplemented,
  408: Code.DeadlineExceeded,
  413: Code.ResourceExhausted,
  415: Code.Unimplemented,
  421: Code.NotFound,
  429: Code.ResourceExhausted,
  431: Code.ResourceExhausted,
  499: Code.Canceled,
  501: Code.Unimplemented,
  502: Code.Unavailable,
  503: Code.Unavailable,
  504: Code.DeadlineExceeded,
}

/** A request that is answered with an error: by HTTP status, because some of the router's (405, 413, 421) have no code of their own. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly code: Code
  readonly headers: Readonly<Record<string, string>>

  /** @param detail public: what happened, why, what to do next */
  constructor(status: number, detail: string, options: { code?: Code; headers?: Record<string, string>; cause?: unknown } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = status
    this.code = options.code ?? grpcCodes[status] ?? Code.Internal
    this.headers = options.headers ?? {}
  }
}

/** How Connect says that a timeout has passed. */
const connectsTimeout = 'the operation timed out'

/** Translates whatever was thrown; what is not known says nothing private. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof ConnectError) {
    const detail = error.rawMessage === connectsTimeout ? 'The service did not answer within the timeout of the call.' : error.rawMessage
    return new Refusal(statusOf(error.code), detail, { code: error.code, cause: error })
  }
  if (error instanceof NotSent) {
    return new Refusal(503, 'No instance of the service accepts connections. Try again shortly.', {
      headers: { 'retry-after': '1' },
      cause: error,
    })
  }
  if (error instanceof PlatformError) return new Refusal(httpStatus(error.code), error.message, { cause: error })
  if (error instanceof Error && error.name === 'AbortError') return new Refusal(499, 'The client left.', { cause: error })
  return new Refusal(500, 'Something went wrong in the router.', { cause: error })
}

/** The body of an error answer. `id` names who answers: `<namespace>.<service>` or `micro.router`. */
export function errorBody(id: string, refusal: Refusal): { id: string; code: number; detail: string; status: string } {
  return { id, code: refusal.status, detail: refusal.message, status: STATUS_CODES[refusal.status] ?? 'Client Closed Request' }
}

/** The HTTP status of a gRPC code. */
export function statusOf(code: Code): number {
  const name = codeToString(code)
  const known = errorCodes.find((each) => each === name)
  return known === undefined ? 500 : httpStatus(known)
}
