import { z } from 'zod'
import { namespaceChannel } from '../context.ts'
import { member, watch } from '../verb.ts'
import { getDeployment } from './get.ts'
import { activeStates } from './queue.ts'

type Deployment = Awaited<ReturnType<typeof getDeployment>>

/** A deployment whenever it changed; once at the beginning; ends when it has ended. */
export const watchDeployment = watch({
  name: 'deployments.watch',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), id: z.string() }),
  async *run({ ctx, input }): AsyncGenerator<Deployment> {
    let told = ''
    for await (const message of ctx.platform.bus.subscribe(namespaceChannel(ctx.namespace.id), { signal: ctx.signal })) {
      if (message && message.id !== input.id) continue
      const deployment = await getDeployment({ ctx, input })
      const now = JSON.stringify([deployment.state, deployment.release?.version, deployment.reason])
      if (now !== told) yield deployment
      told = now
      if (!activeStates.includes(deployment.state)) return
    }
  },
})
