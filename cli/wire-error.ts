import { Code, ConnectError } from '@connectrpc/connect'
import { ErrorInfoSchema } from '../gen/proto/micro/errors/v1/errors_pb.ts'
import { type ErrorCode, errorCodes, PlatformError } from '../lib/errors.ts'
import { networkFault, unreachable } from './failure.ts'

/** What a call failed with, as the platform's error: its sentence, and hint and field from the ErrorInfo that came with it. Other errors stay. */
export function fromConnectError(error: unknown, origin: string): unknown {
  if (!(error instanceof ConnectError)) return error
  if (error.cause instanceof PlatformError) return error.cause
  const network = networkFault(error) ?? (isCut(error) ? 'the connection was cut' : undefined)
  if (network !== undefined) return unreachable(origin, network, error)
  const info = error.findDetails(ErrorInfoSchema)[0]
  const code = codeName(error.code)
  const hint = info?.hint || (info?.reason === 'WRONG_CREDENTIALS' ? undefined : defaultHints[code])
  return new PlatformError(code, error.rawMessage || `The server answered ${code}.`, {
    ...(info?.reason ? { reason: info.reason } : {}),
    ...(hint ? { hint } : {}),
    ...(info?.field ? { field: info.field } : {}),
    cause: error,
  })
}

/** What a connection that ends under a call looks like: nobody here canceled it, and a stream ends without its end. */
export const isCut = ({ code, rawMessage }: ConnectError): boolean =>
  (code === Code.Canceled && rawMessage.startsWith('http/2 stream closed')) || rawMessage.startsWith('protocol error: ')

const defaultHints: Partial<Record<ErrorCode, string>> = { unauthenticated: 'Log in with `micro login`.' }

export function codeName(code: Code): ErrorCode {
  const name = Code[code].replace(/(?<=[a-z])[A-Z]/g, '_$&').toLowerCase()
  return errorCodes.find((known) => known === name) ?? (code === Code.DataLoss ? 'internal' : 'unknown')
}

/** The code of anything thrown by a call; undefined for what is neither the server's nor the platform's error. */
export function codeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof PlatformError) return error.code
  if (!(error instanceof ConnectError)) return undefined
  if (error.cause instanceof PlatformError) return error.cause.code
  return isCut(error) ? 'unavailable' : codeName(error.code)
}

/** What a restarting server or a lost connection fails a stream with, or a token that has ended. */
export const isPassing = (error: unknown): boolean =>
  networkFault(error) !== undefined || ['unavailable', 'aborted', 'unauthenticated'].includes(codeOf(error) ?? '')
