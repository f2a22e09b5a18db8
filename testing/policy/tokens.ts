import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { createTokenIssuer } from '../../control/auth/tokens.ts'
import type { TestPlatform, TestUser } from '../platform.ts'

/** Tokens that name a user truly and are worth nothing, by what is wrong with them. */
export async function badTokens(platform: TestPlatform, user: TestUser): Promise<Record<string, string>> {
  const {
    db,
    platform: { sealer, tokens },
  } = platform.ctx
  const claims = { sid: user.login.sessionId, name: user.username, ns: {} }
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  const kid = tokens.jwks().keys[0]?.kid ?? ''
  const foreign = new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid })
  const earlier = await createTokenIssuer({ db, sealer, clock: { now: () => new Date(Date.now() - 16 * 60_000) } })
  const [header, payload, signature] = user.login.accessToken.split('.')
  const altered = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()), extra: true })).toString(
    'base64url',
  )
  return {
    malformed: 'garbage',
    expired: (await earlier.issue({ sub: user.id, ...claims })).token,
    'signed by another key': await foreign
      .setSubject(user.id)
      .setIssuer('micro')
      .setAudience('micro')
      .setExpirationTime('5 min')
      .sign(privateKey),
    'not signed': new UnsecuredJWT(claims).setSubject(user.id).setIssuer('micro').setAudience('micro').setExpirationTime('5 min').encode(),
    altered: [header, altered, signature].join('.'),
    'a refresh token': user.login.refreshToken,
  }
}
