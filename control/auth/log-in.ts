import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import type { ControlContext } from '../context.ts'
import { anyone, transaction, verb } from '../verb.ts'
import { verifyNothing, verifyPassword } from './password.ts'
import { beginSession } from './session.ts'
import { beginAttempt } from './throttle.ts'

const wrong = () => new PlatformError('unauthenticated', 'The login or the password is wrong.', { reason: 'WRONG_CREDENTIALS' })

export const logIn = verb({
  name: 'auth.logIn',
  access: anyone,
  input: z.object({ login: z.string().min(1).max(254), password: z.string().max(256), kind: z.enum(['BROWSER', 'CLI']).default('CLI') }),
  async run({ ctx, input }) {
    const login = input.login.trim().toLowerCase()
    const user = await ctx.db.user.findFirst({ where: { OR: [{ email: login }, { username: login }] } })
    const succeeded = await beginAttempt(ctx, user?.id ?? login)
    const good = user ? await verifyPassword(input.password, user.passwordHash) : await verifyNothing(input.password)
    if (!user || !good) throw wrong()
    if (user.defaultPassword && !isFromThisMachine(ctx)) throw wrong()
    await succeeded()
    return transaction(ctx, 'auth.logIn', async (change) => {
      // Checking took a while: who set another password meanwhile has shut out whoever knew the one before.
      const same = await change.tx.$queryRaw<unknown[]>`
        SELECT 1 FROM "User" WHERE "id" = ${user.id} AND "passwordHash" = ${user.passwordHash} FOR SHARE`
      if (same.length === 0) throw wrong()
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

/** Instances reach even a loopback-only server, from their own addresses. */
const isFromThisMachine = ({ address, platform }: ControlContext): boolean =>
  platform.installation.loopbackOnly && (address === undefined || /^(127\.|::1$)/.test(address))
