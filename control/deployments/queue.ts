import type { Deployment, Service } from '../../gen/prisma/client.ts'
import type { DeploymentState } from '../../gen/prisma/enums.ts'
import { newId } from '../../lib/ids.ts'
import type { Prisma, Tx } from '../../prisma/client.ts'
import { type ControlContext, deploymentsChannel, namespaceChannel, outboxChannel, type Transaction } from '../context.ts'
import { dropQueued } from '../runs/stop.ts'

export const activeStates: DeploymentState[] = ['QUEUED', 'BUILDING', 'RELEASING', 'STARTING', 'CANARY']
/** Nothing that comes later starts from what these were given: it may be why. */
export const didNotWork: DeploymentState[] = ['FAILED', 'CANCELED']

type New = Pick<
  Prisma.DeploymentUncheckedCreateInput,
  'trigger' | 'source' | 'sourceLocation' | 'options' | 'digest' | 'sourceId' | 'releaseId'
>

/**
 * Writes the deployment and the job that will carry it out (null: the caller does that); the service's earlier ones that have not ended are
 * superseded.
 */
export async function queueDeployment(
  ctx: ControlContext,
  change: Transaction,
  service: Service,
  data: New,
  job: 'build' | 'rollout' | null = data.releaseId ? 'rollout' : 'build',
): Promise<Deployment> {
  const { tx } = change
  const { deployments: number } = await tx.service.update({ where: { id: service.id }, data: { deployments: { increment: 1 } } })
  await supersede(ctx, change, service, number)
  const deployment = await tx.deployment.create({
    data: {
      ...data,
      id: newId('dep'),
      namespaceId: service.namespaceId,
      serviceId: service.id,
      number,
      createdById: ctx.actor.kind === 'user' ? ctx.actor.userId : null,
      creator: ctx.actor.kind === 'user' ? ctx.actor.username : 'micro',
    },
  })
  if (job) await enqueue(tx, job, deployment.id)
  change.notify(outboxChannel, {})
  change.notify(namespaceChannel(service.namespaceId), { kind: 'deployment', id: deployment.id, service: service.id })
  return deployment
}

/** A job for the relay; `key` makes it one and the same job however often it is relayed. */
export async function enqueue(tx: Tx, job: 'build' | 'rollout' | 'pack', deploymentId: string): Promise<void> {
  await tx.outbox.create({ data: { job, key: `${job}-${deploymentId}`, payload: { deploymentId } } })
}

async function supersede(ctx: ControlContext, change: Transaction, service: Service, number: number): Promise<void> {
  const earlier = await change.tx.deployment.updateManyAndReturn({
    where: { serviceId: service.id, namespaceId: service.namespaceId, state: { in: activeStates } },
    data: {
      state: 'SUPERSEDED',
      reason: `Deployment ${number} of ${service.name} was begun before this one had ended.`,
      endedAt: ctx.clock.now(),
    },
  })
  // One that runs goes on to its end: half a migration is worse than one too many. The new deployment's waits for it.
  await dropQueued(ctx, change, { deploymentId: { in: earlier.map(({ id }) => id) } }, 'The deployment was superseded.')
  for (const { id } of earlier) {
    change.notify(deploymentsChannel, { id })
    change.notify(namespaceChannel(service.namespaceId), { kind: 'deployment', id, service: service.id })
  }
}
