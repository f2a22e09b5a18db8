import { z } from 'zod'
import { findService } from '../services/find.ts'
import { member, verb } from '../verb.ts'

/** Newest first, without what is sealed or large. */
export const listReleases = verb({
  name: 'releases.list',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), service: z.string(), first: z.number().int().min(1).max(100).default(20) }),
  async run({ ctx, input }) {
    const service = await findService(ctx, input.service)
    const releases = await ctx.db.release.findMany({
      where: { serviceId: service.id, namespaceId: ctx.namespace.id },
      omit: { sealedEnv: true, descriptors: true },
      orderBy: { version: 'desc' },
      take: input.first,
    })
    return releases.map((release) => ({ ...release, live: release.id === service.liveReleaseId }))
  },
})
