import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestPlatform, type TestPlatform } from '../../testing/platform.ts'
import { badTokens } from '../../testing/policy/tokens.ts'
import { createSealer } from '../secrets.ts'
import { createTokenIssuer } from './tokens.ts'

const invalid = { code: 'unauthenticated', details: { reason: 'TOKEN_INVALID' } }
let platform: TestPlatform

beforeAll(async () => {
  platform = await createTestPlatform()
})
afterAll(() => platform.close())

const claims = { sub: 'usr_1', sid: 'ses_1', name: 'alice', ns: { acme: 'owner' } }

describe('access tokens', () => {
  test('of one process are good for the others, which share its key', async () => {
    const { db, clock, platform: parts } = platform.ctx
    const other = await createTokenIssuer({ db, sealer: parts.sealer, clock })
    const { token, expiresAt } = await other.issue(claims)
    expect(await parts.tokens.verify(token)).toEqual(claims)
    expect(expiresAt.getTime() - clock.now().getTime()).toBeLessThanOrEqual(15 * 60_000)
    expect(other.jwks()).toEqual(parts.tokens.jwks())
  })

  test('are signed by one key, however many processes start at once', async () => {
    const { db, clock, platform: parts } = platform.ctx
    await db.signingKey.deleteMany()
    const issuers = await Promise.all(Array.from({ length: 5 }, () => createTokenIssuer({ db, sealer: parts.sealer, clock })))
    expect(await db.signingKey.count()).toBe(1)
    expect(new Set(issuers.flatMap((issuer) => issuer.jwks().keys.map(({ kid }) => kid))).size).toBe(1)
  })

  test('that are worth nothing are refused', async () => {
    const fresh = await createTestPlatform()
    const user = await fresh.createUser()
    for (const [name, token] of Object.entries(await badTokens(fresh, user))) {
      const error: unknown = await fresh.ctx.platform.tokens.verify(token).catch((thrown: unknown) => thrown)
      expect({ name, error }).toMatchObject({ name, error: invalid })
    }
    await fresh.close()
  })

  test('cannot be signed by a server that has another secret key', async () => {
    const { db, clock } = platform.ctx
    await expect(createTokenIssuer({ db, sealer: createSealer(Buffer.alloc(32, 9)), clock })).rejects.toMatchObject({
      message: 'A stored secret cannot be read with this MICRO_SECRET_KEY.',
    })
  })
})
