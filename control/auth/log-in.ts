import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { anyone, transaction, verb } from '../verb.ts'
import { verifyNothing, verifyPassword } from './password.ts'
import { beginSession } from './session.ts'
import { checkThrottle, clearFailures, countFailure } from './throttle.ts'

const wrong = () => new PlatformError('unauthenticated', 'The login or the password is wrong.', { reason: 'WRONG_CREDENTIALS' })

export const logIn = verb({
  name: 'auth.logIn',
  access: anyone,
  input: z.object({ login: z.string().min(1).max(254), password: z.string().max(256), kind: z.enum(['BROWSER', 'CLI']).default('CLI') }),
  async run({ ctx, input }) {
    await checkThrottle(ctx, input.login)
    const user = await ctx.db.user.findFirst({
      where: { OR: [{ email: input.login.trim().toLowerCase() }, { username: { equals: input.login, mode: 'insensitive' } }] },
    })
    const good = user ? await verifyPassword(input.password, user.passwordHash) : await verifyNothing(input.password)
    if (!user || !good) {
      await countFailure(ctx, input.login)
      throw wrong()
    }
    if (user.defaultPassword && !ctx.platform.installation.loopbackOnly) throw wrong()
    await clearFailures(ctx, input.login)
    return transaction(ctx, 'auth.logIn', async (change) => {
      const login = await beginSession(ctx, change.tx, user.id, input.kind)
      await change.audit({
        action: 'auth.logIn',
        target: user.username,
        actor: { id: user.id, name: user.username },
        after: { session: login.sessionId, kind: input.kind },
      })
      return login
    })
  },
})
