import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { routesChannel } from '../context.ts'
import { change, user, verb } from '../verb.ts'
import { userOf } from './session.ts'

export const listSessions = verb({
  name: 'auth.listSessions',
  access: user,
  input: z.object({}),
  async run({ ctx }) {
    const { userId, sessionId } = userOf(ctx)
    const sessions = await ctx.db.session.findMany({
      where: { userId, revokedAt: null, expiresAt: { gt: ctx.clock.now() } },
      orderBy: { lastSeenAt: 'desc' },
      take: 100,
    })
    return sessions.map((session) => ({ ...session, current: session.id === sessionId }))
  },
})

export const revokeSession = change({
  name: 'auth.revokeSession',
  access: user,
  input: z.object({ id: z.string() }),
  async run({ ctx, input, change }) {
    const { userId, username } = userOf(ctx)
    const { count } = await change.tx.session.updateMany({
      where: { id: input.id, userId, revokedAt: null },
      data: { revokedAt: ctx.clock.now() },
    })
    if (count === 0) throw new PlatformError('not_found', 'There is no such session.')
    await change.audit({ action: 'auth.revokeSession', target: username, before: { session: input.id } })
    change.notify(routesChannel, {})
    return true
  },
})
