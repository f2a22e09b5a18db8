/**
 * The platform's one error class. Domain code throws it; every edge (GraphQL, Connect, HTTP, CLI exit code)
 * translates it with one exhaustive function of its own.
 *
 * Codes are gRPC's (https://grpc.io/docs/guides/status-codes), in snake case, so that no edge needs a second vocabulary.
 */
export const errorCodes = [
  'canceled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'unauthenticated',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export type ErrorDetails = {
  /** What a program can branch on, in UPPER_SNAKE_CASE: `SERVICE_NAME_TAKEN`. */
  reason?: string
  /** What to do next, as a person would be told: "Type `micro login`." */
  hint?: string
  /** The input field at fault, as a dot path. */
  field?: string
  /** Further facts, safe to show. */
  metadata?: Record<string, string>
}

export class PlatformError extends Error {
  override readonly name = 'PlatformError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  /**
   * @param message public: shown to whoever made the call
   * @param options.cause private: logged, never shown
   */
  constructor(code: ErrorCode, message: string, options: ErrorDetails & { cause?: unknown } = {}) {
    const { cause, ...details } = options
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
  }
}

/** Turns anything thrown into a PlatformError; what we did not throw ourselves becomes an `internal` one that says nothing private. */
export function toPlatformError(error: unknown): PlatformError {
  if (error instanceof PlatformError) return error
  if (error instanceof Error && error.name === 'AbortError')
    return new PlatformError('canceled', 'The call was canceled.', { cause: error })
  return new PlatformError('internal', 'Something went wrong on the server.', { cause: error })
}

const httpStatusOf: Record<ErrorCode, number> = {
  canceled: 499,
  unknown: 500,
  invalid_argument: 400,
  deadline_exceeded: 504,
  not_found: 404,
  already_exists: 409,
  permission_denied: 403,
  resource_exhausted: 429,
  failed_precondition: 400,
  aborted: 409,
  out_of_range: 400,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
  unauthenticated: 401,
}

/** The HTTP status of a code, as google.rpc.Code documents it. */
export const httpStatus = (code: ErrorCode): number => httpStatusOf[code]
