import type { Deployment } from '../../gen/prisma/client.ts'
import { type ControlContext, namespaceChannel, type Transaction } from '../context.ts'
import { transaction } from '../verb.ts'
import { activeStates } from './queue.ts'

type Why = { reason: string; hint?: string | undefined }

/** Ends a deployment that did not work; what was live goes on serving. */
export async function failDeployment(ctx: ControlContext, deployment: Deployment, why: Why): Promise<void> {
  await transaction(ctx, 'deployments.fail', (change) => failIn(ctx, change, deployment, why))
}

/** The same as a part of another change. */
export async function failIn(ctx: ControlContext, { tx, audit, notify }: Transaction, deployment: Deployment, why: Why): Promise<void> {
  const { id, namespaceId, serviceId } = deployment
  await tx.deployment.updateMany({
    where: { id, state: { in: activeStates } },
    data: { state: 'FAILED', reason: why.reason, hint: why.hint ?? null, endedAt: ctx.clock.now() },
  })
  await audit({ action: 'deployments.fail', target: id, namespaceId, after: { reason: why.reason } })
  notify(namespaceChannel(namespaceId), { kind: 'deployment', id, service: serviceId })
}
