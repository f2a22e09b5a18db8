import { createHash } from 'node:crypto'
import { createLocalJWKSet, errors, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Clock } from '../lib/clock.ts'

/** Who a verified access token speaks for. */
export type Claims = {
  readonly subject: string
  /** Session; revoked ones are refused before they expire. */
  readonly session: string
  /** Namespace name → role. */
  readonly namespaces: Readonly<Record<string, string>>
  readonly expiresAt: number
}

export interface Tokens {
  /** @returns why the token is not accepted, as a sentence, or what it says */
  verify(token: string): Promise<{ claims: Claims } | { problem: string }>
  /** @param jwks a JSON Web Key Set; tokens verified by earlier keys are verified again */
  setKeys(jwks: string): void
  setRevoked(sessions: readonly string[]): void
}

const cached = 10_000
const Payload = z.object({ sub: z.string(), sid: z.string(), exp: z.number(), ns: z.record(z.string(), z.string()) })
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) })

export function createTokens(clock: Clock): Tokens {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined
  let revoked: ReadonlySet<string> = new Set()
  const verified = new Map<string, Claims>()

  function standing(claims: Claims): { claims: Claims } | { problem: string } {
    if (claims.expiresAt <= clock.now().getTime()) return { problem: 'The access token has expired.' }
    if (revoked.has(claims.session)) return { problem: 'The session of the access token was ended.' }
    return { claims }
  }

  return {
    async verify(token) {
      const hash = createHash('sha256').update(token).digest('base64')
      const known = verified.get(hash)
      if (known !== undefined) {
        const result = standing(known)
        if ('problem' in result) verified.delete(hash)
        return result
      }
      if (keys === undefined) return { problem: 'The router has no keys yet to check access tokens by.' }
      const claims = await read(token, keys, clock)
      if ('problem' in claims) return claims
      const result = standing(claims)
      if ('claims' in result) {
        const [oldest] = verified.keys()
        if (verified.size >= cached && oldest !== undefined) verified.delete(oldest)
        verified.set(hash, claims)
      }
      return result
    },
    setKeys(jwks) {
      keys = createLocalJWKSet(KeySet.parse(JSON.parse(jwks)))
      verified.clear()
    },
    setRevoked(sessions) {
      revoked = new Set(sessions)
      for (const [hash, claims] of verified) if (revoked.has(claims.session)) verified.delete(hash)
    },
  }
}

async function read(token: string, keys: ReturnType<typeof createLocalJWKSet>, clock: Clock): Promise<Claims | { problem: string }> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA'],
      issuer: 'micro',
      audience: 'micro',
      currentDate: clock.now(),
    })
    const { sub, sid, exp, ns } = Payload.parse(payload)
    return { subject: sub, session: sid, namespaces: ns, expiresAt: exp * 1000 }
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { problem: 'The access token has expired.' }
    if (error instanceof errors.JOSEError || error instanceof z.ZodError)
      return { problem: 'The access token is not one of this platform.' }
    throw error
  }
}
