import { z } from 'zod'
import { anyone, verb } from '../verb.ts'
import { getUser } from './get.ts'

/** The user who makes the call; null when nobody is logged in. */
export const me = verb({
  name: 'users.me',
  access: anyone,
  input: z.object({}),
  run: async ({ ctx }) => (ctx.actor.kind === 'user' ? getUser({ ctx, input: {} }) : null),
})
