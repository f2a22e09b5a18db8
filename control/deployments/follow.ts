import { z } from 'zod'
import { namespaceChannel } from '../context.ts'
import { parseCursor, readAfter, type StoredLine } from '../logs/read.ts'
import { member, watch } from '../verb.ts'
import { findDeployment } from './get.ts'
import { activeStates } from './queue.ts'

export type DeploymentEvent =
  | { kind: 'deployment'; deployment: Awaited<ReturnType<typeof findDeployment>> }
  | { kind: 'log'; lines: StoredLine[] }

/** State and build output of a deployment in their order, from the beginning until it has ended and all output was told. */
export const followDeployment = watch({
  name: 'deployments.follow',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), id: z.string() }),
  async *run({ ctx, input }): AsyncGenerator<DeploymentEvent> {
    let told = ''
    let position: ReturnType<typeof parseCursor>
    for await (const message of ctx.platform.bus.subscribe(namespaceChannel(ctx.namespace.id), { signal: ctx.signal })) {
      if (message && message.id !== input.id) continue
      const deployment = await findDeployment(ctx, input.id)
      const filter = { serviceId: deployment.serviceId, deploymentId: deployment.id }
      for (;;) {
        const lines = await readAfter(ctx, filter, position)
        const last = lines.at(-1)
        if (!last) break
        position = parseCursor(last.cursor)
        yield { kind: 'log', lines }
      }
      const now = `${deployment.state} ${deployment.release?.version}`
      if (now !== told) yield { kind: 'deployment', deployment }
      told = now
      if (!activeStates.includes(deployment.state)) return
    }
  },
})
