import { join } from 'node:path'
import { isRecord, readState, writeState } from './state-file.ts'

/** Of one user on one server. */
export type StoredTokens = { accessToken: string /** Milliseconds since 1970. */; expiresAt: number; refreshToken: string }

export type TokenFile = ReturnType<typeof openTokens>

/** `tokens.json`: by server origin, so that a token goes to no server but the one that gave it. */
export function openTokens(home: string) {
  const path = join(home, 'tokens.json')
  return {
    lockPath: `${path}.lock`,
    read: async (origin: string): Promise<StoredTokens | undefined> => parseTokens((await readState(path))?.[origin]),
    async write(origin: string, tokens: StoredTokens | undefined): Promise<void> {
      const all = { ...(await readState(path)) }
      if (tokens === undefined) delete all[origin]
      else all[origin] = tokens
      await writeState(path, all)
    },
  }
}

function parseTokens(value: unknown): StoredTokens | undefined {
  if (!isRecord(value)) return undefined
  const { accessToken, expiresAt, refreshToken } = value
  const whole = typeof accessToken === 'string' && typeof expiresAt === 'number' && typeof refreshToken === 'string'
  return whole ? { accessToken, expiresAt, refreshToken } : undefined
}
