import { create } from '@bufbuild/protobuf'
import { Code, ConnectError } from '@connectrpc/connect'
import { toControlError } from '../control/errors.ts'
import { ErrorInfoSchema } from '../gen/proto/micro/errors/v1/errors_pb.ts'
import type { ErrorCode } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

const codes: Record<ErrorCode, Code> = {
  canceled: Code.Canceled,
  unknown: Code.Unknown,
  invalid_argument: Code.InvalidArgument,
  deadline_exceeded: Code.DeadlineExceeded,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  permission_denied: Code.PermissionDenied,
  resource_exhausted: Code.ResourceExhausted,
  failed_precondition: Code.FailedPrecondition,
  aborted: Code.Aborted,
  out_of_range: Code.OutOfRange,
  unimplemented: Code.Unimplemented,
  internal: Code.Internal,
  unavailable: Code.Unavailable,
  unauthenticated: Code.Unauthenticated,
}

/** What the domain threw, as Connect and gRPC say it; what it did not expect is logged and says only its request id. */
export function toConnectError(error: unknown, requestId: string, log: Log): ConnectError {
  if (error instanceof ConnectError) return error
  const platformError = toControlError(error)
  if (platformError.code === 'internal') log.error({ err: platformError.cause ?? platformError, requestId }, 'call failed')
  const { reason = '', hint = '', field = '', metadata = {} } = platformError.details
  const info = create(ErrorInfoSchema, { reason, hint, field, metadata, requestId })
  return new ConnectError(platformError.message, codes[platformError.code], undefined, [{ desc: ErrorInfoSchema, value: info }])
}
