import { type ErrorCode, PlatformError } from '../lib/errors.ts'
import { errorCode } from './state-file.ts'

const exitCodes: Record<ErrorCode, number> = {
  invalid_argument: 2,
  out_of_range: 2,
  unauthenticated: 3,
  permission_denied: 3,
  not_found: 4,
  unavailable: 5,
  deadline_exceeded: 124,
  canceled: 130,
  unknown: 1,
  already_exists: 1,
  resource_exhausted: 1,
  failed_precondition: 1,
  aborted: 1,
  unimplemented: 1,
  internal: 1,
}

/** Ends the CLI with a code of its own, of which all was said. */
export class Exit extends Error {
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`)
    this.exitCode = exitCode
  }
}

export const exitCodeOf = (error: PlatformError): number => exitCodes[error.code]

const faults: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ERR_HTTP2_ERROR: 'what listens there does not speak HTTP/2',
  ERR_HTTP2_SESSION_ERROR: 'the connection was cut',
  ERR_HTTP2_STREAM_ERROR: 'the connection was cut',
  ERR_HTTP2_GOAWAY_SESSION: 'the server is stopping',
}

/** Why the network kept a call from the server, in words; undefined when the server itself answered. */
export function networkFault(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    const code = errorCode(cause)
    if (code === undefined) continue
    const known = faults[code]
    if (known !== undefined) return known
    if (/CERT|SSL|TLS|UNABLE_TO_VERIFY|SELF_SIGNED/.test(code)) return `its certificate is not accepted (${code})`
  }
  return undefined
}

export function unreachable(origin: string, why: string, cause: unknown): PlatformError {
  return new PlatformError('unavailable', `The server at ${origin} can't be reached: ${why}.`, {
    reason: 'UNREACHABLE',
    hint: 'Start one with `micro server`, or choose another with `micro env set NAME`.',
    cause,
  })
}
