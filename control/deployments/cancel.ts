import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { deploymentsChannel, namespaceChannel } from '../context.ts'
import { stopRuns } from '../runs/stop.ts'
import { change, member } from '../verb.ts'
import { findDeployment } from './get.ts'
import { activeStates } from './queue.ts'

/** Stops a deployment that has not ended. What is live goes on serving. */
export const cancelDeployment = change({
  name: 'deployments.cancel',
  access: member('DEVELOPER'),
  input: z.object({ namespace: z.string(), id: z.string() }),
  async run({ ctx, input, change }) {
    const deployment = await findDeployment(ctx, input.id)
    const by = ctx.actor.kind === 'user' ? ctx.actor.username : 'micro'
    const ended = { state: 'CANCELED' as const, reason: `Canceled by ${by}.`, endedAt: ctx.clock.now() }
    const { count } = await change.tx.deployment.updateMany({
      where: { id: deployment.id, namespaceId: ctx.namespace.id, state: { in: activeStates } },
      data: ended,
    })
    if (count === 0) throw new PlatformError('failed_precondition', 'This deployment has ended already.', { reason: 'DEPLOYMENT_ENDED' })
    await stopRuns(ctx, change, { deploymentId: deployment.id }, ended.reason)
    await change.audit({ action: 'deployments.cancel', target: deployment.service.name, after: { deployment: deployment.id } })
    change.notify(deploymentsChannel, { id: deployment.id })
    change.notify(namespaceChannel(ctx.namespace.id), { kind: 'deployment', id: deployment.id, service: deployment.serviceId })
    return { ...deployment, ...ended }
  },
})
