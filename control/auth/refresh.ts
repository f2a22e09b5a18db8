import { z } from 'zod'
import { type ControlContext, routesChannel, type Transaction } from '../context.ts'
import { anyone, transaction, verb } from '../verb.ts'
import { issueTokens, type Login, sessionEnded } from './session.ts'
import { hashToken, sessionLifetimeMs } from './tokens.ts'

/** Rotates: a token is good once. One that comes a second time was stolen, or its successor was: the whole family goes. */
export const refreshTokens = verb({
  name: 'auth.refreshTokens',
  access: anyone,
  input: z.object({ refreshToken: z.string().min(1).max(200) }),
  async run({ ctx, input }) {
    const login = await transaction(ctx, 'auth.refreshTokens', (change) => rotate(ctx, change, hashToken(input.refreshToken)))
    // Thrown only now: the revocation must have been committed.
    if (!login) throw sessionEnded()
    return login
  },
})

async function rotate(ctx: ControlContext, { tx, audit, notify }: Transaction, hash: string): Promise<Login | undefined> {
  const now = ctx.clock.now()
  const { count } = await tx.refreshToken.updateMany({ where: { hash, usedAt: null, expiresAt: { gt: now } }, data: { usedAt: now } })
  const token = await tx.refreshToken.findUnique({ where: { hash }, include: { session: { include: { user: true } } } })
  if (!token || token.session.revokedAt || token.session.expiresAt <= now) throw sessionEnded()
  const { session } = token
  const actor = { id: session.userId, name: session.user.username }
  if (count === 0) {
    await tx.session.update({ where: { id: session.id }, data: { revokedAt: now } })
    await audit({ action: 'auth.refreshTokenReused', target: session.user.username, actor, after: { session: session.id } })
    notify(routesChannel, {})
    return undefined
  }
  await tx.session.update({ where: { id: session.id }, data: { lastSeenAt: now, expiresAt: new Date(now.getTime() + sessionLifetimeMs) } })
  await audit({ action: 'auth.refreshTokens', target: session.user.username, actor })
  return issueTokens(ctx, tx, session)
}
