import { z } from 'zod'
import { routesChannel } from '../context.ts'
import { change, user } from '../verb.ts'
import { userOf } from './session.ts'

export const logOut = change({
  name: 'auth.logOut',
  access: user,
  input: z.object({}),
  async run({ ctx, change }) {
    const { sessionId, username } = userOf(ctx)
    await change.tx.session.update({ where: { id: sessionId }, data: { revokedAt: ctx.clock.now() } })
    await change.audit({ action: 'auth.logOut', target: username })
    change.notify(routesChannel, {})
    return true
  },
})
