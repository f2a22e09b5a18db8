import { GraphQLError } from 'graphql'
import { toControlError } from '../control/errors.ts'
import type { Log } from '../lib/log.ts'

/** What the domain threw, as GraphQL says it: extensions.code is the code in upper case. */
export function toGraphQLError(error: unknown, requestId: string, log: Log): GraphQLError {
  if (error instanceof GraphQLError) return error
  const platformError = toControlError(error)
  if (platformError.code === 'internal') log.error({ err: platformError.cause ?? platformError, requestId }, 'operation failed')
  return new GraphQLError(platformError.message, {
    extensions: { code: platformError.code.toUpperCase(), ...platformError.details, requestId },
  })
}
