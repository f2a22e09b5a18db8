import { z } from 'zod'
import type { Release } from '../../gen/prisma/client.ts'
import type { NamespaceContext } from '../context.ts'
import { findService } from '../services/find.ts'
import { urlsOf } from '../services/view.ts'
import { member, verb } from '../verb.ts'
import { endpointsOf } from './descriptors.ts'

/** Services that a release was ever live of, with their endpoints. */
export const listRegistered = verb({
  name: 'registry.list',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string() }),
  async run({ ctx }) {
    const services = await ctx.db.service.findMany({
      where: { namespaceId: ctx.namespace.id, deletedAt: null, liveReleaseId: { not: null } },
      include: { liveRelease: true, instances: { where: { state: 'READY' } } },
      orderBy: { name: 'asc' },
    })
    return services.map((service) => ({ ...service, ...described(ctx, service) }))
  },
})

export const getRegistered = verb({
  name: 'registry.get',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), name: z.string() }),
  async run({ ctx, input }) {
    const { id } = await findService(ctx, input.name)
    const service = await ctx.db.service.findUniqueOrThrow({
      where: { id },
      include: { liveRelease: true, instances: { where: { state: 'READY' } } },
    })
    return { ...service, ...described(ctx, service) }
  },
})

const described = (ctx: NamespaceContext, { name, liveRelease }: { name: string; liveRelease: Release | null }) => ({
  url: urlsOf(ctx.platform.installation, ctx.namespace.name, name).url,
  endpoints: endpointsOf(liveRelease?.descriptors ?? null),
})
