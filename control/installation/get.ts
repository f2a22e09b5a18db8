import { z } from 'zod'
import { anyone, verb } from '../verb.ts'

/** What anyone may know of this installation before logging in. */
export const getInstallation = verb({
  name: 'installation.get',
  access: anyone,
  input: z.object({}),
  async run({ ctx }) {
    const { installation } = ctx.platform
    const admin = installation.loopbackOnly
      ? await ctx.db.user.findUnique({ where: { username: 'admin' }, select: { defaultPassword: true } })
      : null
    return { ...installation, defaultLogin: admin?.defaultPassword ?? false }
  },
})
