import { PlatformError, toPlatformError } from '../lib/errors.ts'
import { isDatabaseAway } from '../prisma/errors.ts'

/** What a verb threw, as every edge tells it. */
export function toControlError(error: unknown): PlatformError {
  if (!(error instanceof PlatformError) && isDatabaseAway(error))
    return new PlatformError('unavailable', 'The database does not answer at the moment. Try again shortly.', {
      reason: 'DATABASE_AWAY',
      cause: error,
    })
  return toPlatformError(error)
}
