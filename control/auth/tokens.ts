import { createHash, randomBytes } from 'node:crypto'
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { PlatformError } from '../../lib/errors.ts'
import type { Db } from '../../prisma/client.ts'
import type { Sealer } from '../secrets.ts'

export const accessTokenLifetimeMs = 15 * 60_000
export const sessionLifetimeMs = 30 * 24 * 3_600_000

/** What an access token says. `ns`: role of the user by namespace name, so that routers can decide without asking. */
export const AccessClaims = z.object({ sub: z.string(), sid: z.string(), name: z.string(), ns: z.record(z.string(), z.string()) })
export type AccessClaims = z.infer<typeof AccessClaims>

export interface TokenIssuer {
  issue(claims: AccessClaims): Promise<{ token: string; expiresAt: Date }>
  /** @throws PlatformError `unauthenticated` when it is malformed, foreign or expired */
  verify(token: string): Promise<AccessClaims>
  jwks(): JSONWebKeySet
}

/** EdDSA (Ed25519) JWTs by a key that is made on first use and kept sealed. */
export async function createTokenIssuer(options: { db: Db; sealer: Sealer; clock: Clock }): Promise<TokenIssuer> {
  const { db, sealer, clock } = options
  const keys = await loadKeys(db, sealer)
  const [newest] = keys
  if (!newest) throw new Error('no signing key')
  const signer = await importJWK(newest.privateJwk, 'EdDSA')
  const jwks = { keys: keys.map(({ publicJwk }) => publicJwk) }
  const verifier = createLocalJWKSet(jwks)

  return {
    async issue({ sub, ...claims }) {
      const now = clock.now()
      const expiresAt = new Date(Math.floor((now.getTime() + accessTokenLifetimeMs) / 1000) * 1000)
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'EdDSA', kid: newest.publicJwk.kid ?? '', typ: 'JWT' })
        .setSubject(sub)
        .setIssuer('micro')
        .setAudience('micro')
        .setIssuedAt(now)
        .setExpirationTime(expiresAt)
        .sign(signer)
      return { token, expiresAt }
    },
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, verifier, {
          issuer: 'micro',
          audience: 'micro',
          algorithms: ['EdDSA'],
          currentDate: clock.now(),
        })
        return AccessClaims.parse(payload)
      } catch (cause) {
        throw new PlatformError('unauthenticated', 'The access token is not valid or has expired.', {
          reason: 'TOKEN_INVALID',
          hint: 'Type `micro login`.',
          cause,
        })
      }
    },
    jwks: () => jwks,
  }
}

type KeyPair = { publicJwk: JWK; privateJwk: JWK }

async function loadKeys(db: Db, sealer: Sealer): Promise<KeyPair[]> {
  return db.$transaction(async (tx) => {
    // Two processes that start at once must not both make a key.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(7001)`
    const rows = await tx.signingKey.findMany({ where: { retiredAt: null }, orderBy: { createdAt: 'desc' } })
    if (rows.length > 0)
      return rows.map((row) => ({
        publicJwk: row.publicJwk as JWK,
        privateJwk: JSON.parse(sealer.open('signing-key', row.sealedPrivate)) as JWK,
      }))
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    const bare = await exportJWK(publicKey)
    const publicJwk = { ...bare, kid: await calculateJwkThumbprint(bare), alg: 'EdDSA', use: 'sig' }
    const privateJwk = await exportJWK(privateKey)
    await tx.signingKey.create({
      data: { id: publicJwk.kid, publicJwk, sealedPrivate: sealer.seal('signing-key', JSON.stringify(privateJwk)) },
    })
    return [{ publicJwk, privateJwk }]
  })
}

/** Opaque tokens are stored as hashes only; the prefix lets secret scanners find leaked ones. */
export function newRefreshToken(): { token: string; hash: string } {
  const token = `mrt_${randomBytes(32).toString('base64url')}`
  return { token, hash: hashToken(token) }
}

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')
