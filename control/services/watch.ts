import { z } from 'zod'
import { type ControlContext, namespaceChannel } from '../context.ts'
import { member, watch } from '../verb.ts'
import { getService } from './get.ts'
import { listServices } from './list.ts'
import type { ServiceView } from './view.ts'

/** All services of a namespace whenever one of them changed; once at the beginning. */
export const watchServices = watch({
  name: 'services.watchAll',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string() }),
  async *run({ ctx, input }): AsyncGenerator<ServiceView[]> {
    for await (const _ of changes(ctx, ctx.namespace.id)) yield await listServices({ ctx, input })
  },
})

export const watchService = watch({
  name: 'services.watch',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), service: z.string() }),
  async *run({ ctx, input }): AsyncGenerator<ServiceView> {
    const { id } = await getService({ ctx, input })
    for await (const message of changes(ctx, ctx.namespace.id)) {
      if (message && message.service !== id) continue
      const service = await getService({ ctx, input }).catch((error: unknown) => gone(error))
      if (!service) return
      yield service
    }
  },
})

const passing: ReadonlySet<unknown> = new Set(['log', 'build-log', 'run', 'run-log'])

/** Changes of anything that a service shows; `undefined` when some may have been missed, and at the beginning. */
async function* changes(ctx: ControlContext, namespaceId: string) {
  for await (const message of ctx.platform.bus.subscribe(namespaceChannel(namespaceId), { signal: ctx.signal }))
    if (!message || !passing.has(message.kind)) yield message
}

function gone(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'not_found') return undefined
  throw error
}
