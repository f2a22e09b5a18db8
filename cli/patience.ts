import { setTimeout as pause } from 'node:timers/promises'
import { Code, ConnectError, type Interceptor } from '@connectrpc/connect'
import { networkFault } from './failure.ts'
import { errorCode } from './state-file.ts'
import { isCut } from './wire-error.ts'

const pauseMs = 250
const longestMs = 15_000

/**
 * Waits for a part of the server that is being started again: a call with one request is tried again while the server says that it is
 * unavailable, or can't be reached although it could be a moment ago. A server that was never there is told of at once.
 */
export function patience(): Interceptor {
  let reached = false
  return (next) => async (request) => {
    for (const deadline = Date.now() + longestMs; ; await pause(pauseMs)) {
      try {
        const response = await next(request)
        reached = true
        return response
      } catch (error) {
        const passing = isUnavailable(error) || (reached && (isNotSent(error) || (isLost(error) && isRepeatable(request.method.name))))
        reached ||= networkFault(error) === undefined
        if (!passing || request.stream || request.signal.aborted || Date.now() > deadline) throw error
      }
    }
  }
}

/** The server's own answer: it has not done what was asked. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof ConnectError && error.code === Code.Unavailable && networkFault(error) === undefined

const isNotSent = (error: unknown): boolean => error instanceof Error && (errorCode(error) === 'ECONNREFUSED' || isNotSent(error.cause))

/** The connection ended before the answer: what was asked may have been done. */
const isLost = (error: unknown): boolean => networkFault(error) !== undefined || (error instanceof ConnectError && isCut(error))

/** Doing it twice is doing it once. A refresh token, for one, must not be sent again. */
const isRepeatable = (method: string): boolean => /^(Get|List|Deploy$|DeleteService$|Scale$)/.test(method)
