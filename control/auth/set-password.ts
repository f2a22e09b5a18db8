import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { routesChannel } from '../context.ts'
import { transaction, user, verb } from '../verb.ts'
import { hashPassword, Password, verifyPassword } from './password.ts'
import { userOf } from './session.ts'
import { beginAttempt } from './throttle.ts'

/** Ends the user's other sessions: whoever knew the old password is out. */
export const setPassword = verb({
  name: 'auth.setPassword',
  access: user,
  input: z.object({ currentPassword: z.string().max(256), newPassword: Password }),
  async run({ ctx, input }) {
    const { userId, sessionId, username } = userOf(ctx)
    const succeeded = await beginAttempt(ctx, userId)
    const row = await ctx.db.user.findUniqueOrThrow({ where: { id: userId } })
    if (!(await verifyPassword(input.currentPassword, row.passwordHash)))
      throw new PlatformError('invalid_argument', 'The present password is wrong.', {
        reason: 'WRONG_CREDENTIALS',
        field: 'currentPassword',
      })
    await succeeded()
    const passwordHash = await hashPassword(input.newPassword)
    return transaction(ctx, 'auth.setPassword', async ({ tx, audit, notify }) => {
      await tx.user.update({ where: { id: userId }, data: { passwordHash, defaultPassword: false } })
      await tx.session.updateMany({ where: { userId, id: { not: sessionId }, revokedAt: null }, data: { revokedAt: ctx.clock.now() } })
      await audit({ action: 'auth.setPassword', target: username })
      notify(routesChannel, {})
      return true
    })
  },
})
