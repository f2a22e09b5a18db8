import { PlatformError } from '../lib/errors.ts'
import { withLock } from './lock.ts'
import type { StoredTokens, TokenFile } from './tokens.ts'

/** A token that ends sooner than this is renewed before it is used. */
const renewBeforeMs = 30_000

export type Session = {
  /** The token to call with; renewed first when it is about to end. Undefined: nobody is logged in. */
  accessToken(): Promise<string | undefined>
  /** A newer token than the one that the server refused; undefined when there can be none. */
  renew(refused: string): Promise<string | undefined>
}

type Options = {
  origin: string
  tokens: TokenFile
  /** Exchanges a refresh token, which is good for one use. */
  refresh: (refreshToken: string) => Promise<StoredTokens>
}

/** The user's session on one server. Refresh tokens rotate, so of several processes at once only one exchanges it and the others take its result. */
export function openSession({ origin, tokens, refresh }: Options): Session {
  const exchange = (isGood: (stored: StoredTokens) => boolean) =>
    withLock(tokens.lockPath, async () => {
      const stored = await tokens.read(origin)
      if (stored === undefined || isGood(stored)) return stored?.accessToken
      try {
        const renewed = await refresh(stored.refreshToken)
        await tokens.write(origin, renewed)
        return renewed.accessToken
      } catch (error) {
        if (!isRefused(error)) throw error
        await tokens.write(origin, undefined)
        throw sessionEnded(origin, error)
      }
    })
  return {
    async accessToken() {
      const stored = await tokens.read(origin)
      return stored === undefined || isFresh(stored) ? stored?.accessToken : exchange(isFresh)
    },
    renew: (refused) => exchange((stored) => stored.accessToken !== refused && isFresh(stored)),
  }
}

/** A token from MICRO_TOKEN: what it can't do, no renewal can mend. */
export const fixedSession = (token: string): Session => ({ accessToken: async () => token, renew: async () => undefined })

const isFresh = ({ expiresAt }: StoredTokens): boolean => expiresAt - Date.now() > renewBeforeMs

const isRefused = (error: unknown): boolean =>
  error instanceof PlatformError &&
  (error.code === 'unauthenticated' || error.code === 'permission_denied' || error.code === 'invalid_argument')

function sessionEnded(origin: string, cause: unknown): PlatformError {
  return new PlatformError('unauthenticated', `Your session on ${origin} has ended and could not be renewed.`, {
    reason: 'SESSION_ENDED',
    hint: 'Log in again with `micro login`.',
    cause,
  })
}
