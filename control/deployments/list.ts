import { z } from 'zod'
import { findService } from '../services/find.ts'
import { member, verb } from '../verb.ts'

/** Newest first. */
export const listDeployments = verb({
  name: 'deployments.list',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), service: z.string(), first: z.number().int().min(1).max(100).default(20) }),
  async run({ ctx, input }) {
    const { id: serviceId } = await findService(ctx, input.service)
    return ctx.db.deployment.findMany({
      where: { serviceId, namespaceId: ctx.namespace.id },
      include: { service: true, release: true },
      orderBy: { number: 'desc' },
      take: input.first,
    })
  },
})
