import type { SessionKind } from '../../gen/prisma/enums.ts'
import { PlatformError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Tx } from '../../prisma/client.ts'
import type { Actor, ControlContext } from '../context.ts'
import { newRefreshToken, sessionLifetimeMs } from './tokens.ts'

export type Login = {
  userId: string
  sessionId: string
  accessToken: string
  accessTokenExpiresAt: Date
  refreshToken: string
}

/** Begins a session in the caller's transaction. */
export async function beginSession(ctx: ControlContext, tx: Tx, userId: string, kind: SessionKind): Promise<Login> {
  const id = newId('ses')
  await tx.session.create({
    data: {
      id,
      userId,
      kind,
      client: ctx.client?.slice(0, 200) ?? null,
      address: ctx.address ?? null,
      expiresAt: new Date(ctx.clock.now().getTime() + sessionLifetimeMs),
    },
  })
  return issueTokens(ctx, tx, { id, userId })
}

/** A fresh access token, and a refresh token that follows the family's earlier ones. */
export async function issueTokens(ctx: ControlContext, tx: Tx, session: { id: string; userId: string }): Promise<Login> {
  const user = await tx.user.findUniqueOrThrow({
    where: { id: session.userId },
    include: { memberships: { include: { namespace: true } } },
  })
  const refresh = newRefreshToken()
  const expiresAt = new Date(ctx.clock.now().getTime() + sessionLifetimeMs)
  await tx.refreshToken.create({ data: { hash: refresh.hash, sessionId: session.id, expiresAt } })
  const access = await ctx.platform.tokens.issue({
    sub: user.id,
    sid: session.id,
    name: user.username,
    ns: Object.fromEntries(user.memberships.map(({ namespace, role }) => [namespace.name, role.toLowerCase()])),
  })
  return {
    userId: user.id,
    sessionId: session.id,
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken: refresh.token,
  }
}

/** The user behind an access token, if its session is still good. */
export async function actorOfToken(ctx: Pick<ControlContext, 'db' | 'clock' | 'platform'>, token: string): Promise<Actor> {
  const claims = await ctx.platform.tokens.verify(token)
  return actorOfSession(ctx, claims.sid)
}

/** @throws PlatformError `unauthenticated` when the session was revoked or has expired */
export async function actorOfSession(ctx: Pick<ControlContext, 'db' | 'clock'>, sessionId: string): Promise<Actor> {
  const session = await ctx.db.session.findUnique({ where: { id: sessionId }, include: { user: true } })
  const now = ctx.clock.now()
  if (!session || session.revokedAt || session.expiresAt <= now) throw sessionEnded()
  if (now.getTime() - session.lastSeenAt.getTime() > 60_000)
    await ctx.db.session.update({ where: { id: sessionId }, data: { lastSeenAt: now } })
  const { user } = session
  return { kind: 'user', userId: user.id, username: user.username, sessionId, operator: user.operator }
}

export const sessionEnded = () =>
  new PlatformError('unauthenticated', 'You were logged out.', { reason: 'SESSION_ENDED', hint: 'Type `micro login`.' })

/** The user of a context whose verb is for users: `verb` has checked it, the type does not know. */
export function userOf(ctx: ControlContext): Extract<Actor, { kind: 'user' }> {
  if (ctx.actor.kind !== 'user') throw new PlatformError('unauthenticated', 'You are not logged in.', { hint: 'Type `micro login`.' })
  return ctx.actor
}
