import { z } from 'zod'
import { member, verb } from '../verb.ts'

export const getNamespace = verb({
  name: 'namespaces.get',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string() }),
  async run({ ctx }) {
    const namespace = await ctx.db.namespace.findUniqueOrThrow({ where: { id: ctx.namespace.id } })
    return { ...namespace, role: ctx.namespace.role }
  },
})
