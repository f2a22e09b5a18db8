import { z } from 'zod'
import { userOf } from '../auth/session.ts'
import { user, verb } from '../verb.ts'

export const listNamespaces = verb({
  name: 'namespaces.list',
  access: user,
  input: z.object({}),
  async run({ ctx }) {
    const memberships = await ctx.db.membership.findMany({
      where: { userId: userOf(ctx).userId },
      include: { namespace: true },
      orderBy: { namespace: { name: 'asc' } },
    })
    return memberships.map(({ namespace, role }) => ({ ...namespace, role }))
  },
})
