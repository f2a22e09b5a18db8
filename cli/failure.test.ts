import { Code, ConnectError } from '@connectrpc/connect'
import { describe, expect, it } from 'vitest'
import { ErrorInfoSchema } from '../gen/proto/micro/errors/v1/errors_pb.ts'
import { errorCodes, PlatformError } from '../lib/errors.ts'
import { exitCodeOf } from './failure.ts'
import { codeName, codeOf, fromConnectError, isPassing } from './wire-error.ts'

const translate = (error: unknown): PlatformError => {
  const translated = fromConnectError(error, 'http://127.0.0.1:8080')
  if (translated instanceof PlatformError) return translated
  throw new Error('It was not translated.')
}

const nodeError = (code: string) => Object.assign(new Error(code), { code })
const failedBy = (code: string, connectCode: Code) => new ConnectError('x', connectCode, undefined, undefined, nodeError(code))

describe('an error of a call', () => {
  it.each([
    [Code.InvalidArgument, 2],
    [Code.OutOfRange, 2],
    [Code.Unauthenticated, 3],
    [Code.PermissionDenied, 3],
    [Code.NotFound, 4],
    [Code.Unavailable, 5],
    [Code.DeadlineExceeded, 124],
    [Code.Canceled, 130],
    [Code.AlreadyExists, 1],
    [Code.FailedPrecondition, 1],
    [Code.ResourceExhausted, 1],
    [Code.Aborted, 1],
    [Code.Internal, 1],
    [Code.Unknown, 1],
    [Code.Unimplemented, 1],
    [Code.DataLoss, 1],
  ])('%i has exit code %i', (code, exitCode) => {
    expect(exitCodeOf(translate(new ConnectError('x', code)))).toBe(exitCode)
  })

  it('has a name for every code of the wire', () => {
    const codes = Object.values(Code).filter((code) => typeof code === 'number')
    expect(codes.map(codeName)).toEqual(codes.map((code) => (code === Code.DataLoss ? 'internal' : expect.toBeOneOf([...errorCodes]))))
  })

  it('carries the hint, field and reason of its details', () => {
    const error = new ConnectError('No.', Code.InvalidArgument, undefined, [
      { desc: ErrorInfoSchema, value: { hint: 'Do that.', field: 'name', reason: 'BAD' } },
    ])
    expect(translate(error)).toMatchObject({
      message: 'No.',
      code: 'invalid_argument',
      details: { hint: 'Do that.', field: 'name', reason: 'BAD' },
    })
  })

  it('that the network caused names the address, why, and what to do', () => {
    const error = translate(failedBy('ECONNREFUSED', Code.Unavailable))
    expect(error.message).toBe("The server at http://127.0.0.1:8080 can't be reached: nothing listens there.")
    expect(error.details.hint).toContain('`micro server`')
    expect(exitCodeOf(error)).toBe(5)
    expect(translate(failedBy('CERT_HAS_EXPIRED', Code.Internal)).message).toContain('its certificate is not accepted (CERT_HAS_EXPIRED)')
    expect(translate(failedBy('EHOSTUNREACH', Code.Internal)).code).toBe('unavailable')
  })

  it('that is a cut connection is not taken for a cancellation', () => {
    const error = new ConnectError('http/2 stream closed with error code CANCEL (0x8)', Code.Canceled)
    expect(translate(error)).toMatchObject({ code: 'unavailable', message: expect.stringContaining('the connection was cut') })
    expect([codeOf(error), isPassing(error)]).toEqual(['unavailable', true])
  })

  it('of our own comes back as it was thrown', () => {
    const own = new PlatformError('unauthenticated', 'Ended.')
    expect(fromConnectError(ConnectError.from(own), '')).toBe(own)
    expect(fromConnectError(own, '')).toBe(own)
  })
})
