import { z } from 'zod'
import { routersChannel } from '../context.ts'
import { router, verb } from '../verb.ts'

/** What a router has applied. Not a change in the sense of the audit log: nothing that anyone owns is touched. */
export const reportRoutes = verb({
  name: 'routes.report',
  access: router,
  input: z.object({ routerId: z.string().min(1).max(100), version: z.bigint(), inFlight: z.record(z.string(), z.number().int()) }),
  async run({ ctx, input: { routerId: id, version, inFlight } }) {
    const row = { version, inFlight, seenAt: ctx.clock.now() }
    await ctx.db.router.upsert({ where: { id }, create: { id, ...row }, update: row })
    await ctx.platform.bus.publish(routersChannel, { id })
  },
})
