import { z } from 'zod'
import { userOf } from '../auth/session.ts'
import { user, verb } from '../verb.ts'

/** The user who makes the call. */
export const getUser = verb({
  name: 'users.get',
  access: user,
  input: z.object({}),
  run: ({ ctx }) =>
    ctx.db.user.findUniqueOrThrow({
      where: { id: userOf(ctx).userId },
      omit: { passwordHash: true },
      include: { memberships: { include: { namespace: true }, orderBy: { namespace: { name: 'asc' } } } },
    }),
})
