import { z } from 'zod'
import { namespaceChannel } from '../context.ts'
import { findService } from '../services/find.ts'
import { member, verb, watch } from '../verb.ts'
import { include, type RunView } from './get.ts'

const input = z.object({ namespace: z.string(), service: z.string(), first: z.number().int().min(1).max(100).default(20) })

/** Newest first. */
export const listRuns = verb({
  name: 'runs.list',
  access: member('DEVELOPER'),
  input,
  async run({ ctx, input }): Promise<RunView[]> {
    const { id: serviceId } = await findService(ctx, input.service)
    return ctx.db.run.findMany({ where: { serviceId, namespaceId: ctx.namespace.id }, include, orderBy: { id: 'desc' }, take: input.first })
  },
})

/** The same whenever one of them changed; once at the beginning. */
export const watchRuns = watch({
  name: 'runs.watchAll',
  access: member('DEVELOPER'),
  input,
  async *run({ ctx, input }): AsyncGenerator<RunView[]> {
    const { id } = await findService(ctx, input.service)
    for await (const message of ctx.platform.bus.subscribe(namespaceChannel(ctx.namespace.id), { signal: ctx.signal }))
      if (!message || (message.kind === 'run' && message.service === id)) yield await listRuns({ ctx, input })
  },
})
