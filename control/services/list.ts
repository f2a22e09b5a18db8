import { z } from 'zod'
import { member, verb } from '../verb.ts'
import { viewInclude, viewOf } from './view.ts'

export const listServices = verb({
  name: 'services.list',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string() }),
  async run({ ctx }) {
    const services = await ctx.db.service.findMany({
      where: { namespaceId: ctx.namespace.id, deletedAt: null },
      include: viewInclude,
      orderBy: { name: 'asc' },
    })
    return services.map(viewOf)
  },
})
