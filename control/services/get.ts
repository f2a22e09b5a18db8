import { z } from 'zod'
import { member, verb } from '../verb.ts'
import { findService } from './find.ts'
import { viewInclude, viewOf } from './view.ts'

export const getService = verb({
  name: 'services.get',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), service: z.string() }),
  async run({ ctx, input }) {
    const { id } = await findService(ctx, input.service)
    return viewOf(await ctx.db.service.findUniqueOrThrow({ where: { id }, include: viewInclude }))
  },
})
