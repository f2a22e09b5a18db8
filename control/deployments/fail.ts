import type { Deployment } from '../../gen/prisma/client.ts'
import { type ControlContext, namespaceChannel } from '../context.ts'
import { transaction } from '../verb.ts'
import { activeStates } from './queue.ts'

/** Ends a deployment that did not work; what was live goes on serving. */
export async function failDeployment(
  ctx: ControlContext,
  deployment: Deployment,
  why: { reason: string; hint?: string | undefined },
): Promise<void> {
  const { id, namespaceId, serviceId } = deployment
  await transaction(ctx, 'deployments.fail', async ({ tx, audit, notify }) => {
    await tx.deployment.updateMany({
      where: { id, state: { in: activeStates } },
      data: { state: 'FAILED', reason: why.reason, hint: why.hint ?? null, endedAt: ctx.clock.now() },
    })
    await audit({ action: 'deployments.fail', target: id, namespaceId, after: { reason: why.reason } })
    notify(namespaceChannel(namespaceId), { kind: 'deployment', id, service: serviceId })
  })
}
