import type { Deployment, Release, Service } from '../../gen/prisma/client.ts'
import type { NamespaceContext, Transaction } from '../context.ts'
import { activeStates, enqueue, queueDeployment } from '../deployments/queue.ts'
import { createRelease } from '../releases/create.ts'
import { queueRelease } from '../runs/release.ts'
import { type Owner, variablesOf } from './owner.ts'
import { layered, openSnapshot, sameVariables, sourceEnvOf } from './snapshot.ts'
import type { Variable } from './variable.ts'

/** Of deployments whose release is an earlier one with other variables. */
export const envVarTrigger = 'env-var'

/**
 * A new release, without a build, of each live service of the owner whose variables are no longer those of its release. One that is being built gets
 * them with that build; one that is being rolled out is superseded. The caller holds the namespace's lock.
 */
export async function rollOutVariables(ctx: NamespaceContext, change: Transaction, owner: Owner): Promise<Deployment[]> {
  const deployments: Deployment[] = []
  for (const { id } of owner.service ? [owner.service] : await servicesOf(ctx, change)) {
    const deployment = await bringUpToDate(ctx, change, id)
    if (deployment) deployments.push(deployment)
  }
  return deployments
}

const servicesOf = (ctx: NamespaceContext, { tx }: Transaction): Promise<Service[]> =>
  tx.service.findMany({ where: { namespaceId: ctx.namespace.id, deletedAt: null }, orderBy: { name: 'asc' } })

async function bringUpToDate(ctx: NamespaceContext, change: Transaction, id: string): Promise<Deployment | undefined> {
  const { tx } = change
  // Until the transaction ends nothing else goes live: what is read now is what is replaced.
  await tx.$queryRaw`SELECT 1 FROM "Service" WHERE "id" = ${id} FOR UPDATE`
  const service = await tx.service.findUnique({
    where: { id, namespaceId: ctx.namespace.id, deletedAt: null },
    include: { liveRelease: true },
  })
  if (!service) return undefined
  const underWay = await tx.deployment.findFirst({
    where: { serviceId: service.id, namespaceId: ctx.namespace.id, state: { in: activeStates } },
    orderBy: { number: 'desc' },
    include: { release: true },
  })
  if (underWay && !underWay.release) return underWay
  const base = underWay?.release ?? service.liveRelease
  if (!base) return undefined
  const variables = layered(sourceEnvOf(ctx, base), await variablesOf(ctx, tx, service))
  return sameVariables(openSnapshot(ctx, base), variables) ? undefined : releaseAgain(ctx, change, service, { base, variables })
}

async function releaseAgain(
  ctx: NamespaceContext,
  change: Transaction,
  service: Service,
  { base, variables }: { base: Release; variables: readonly Variable[] },
): Promise<Deployment> {
  const { tx } = change
  const { options, digest, sourceId, sourceLocation } = await tx.deployment.findUniqueOrThrow({ where: { id: base.deploymentId } })
  const same = { source: base.source, sourceLocation, sourceId, options: options as object, digest }
  const deployment = await queueDeployment(ctx, change, service, { trigger: envVarTrigger, ...same }, null)
  const { artifact, artifactBytes, detected, settings, descriptors, protocol } = base
  const contents = {
    artifact: artifact as object,
    artifactBytes,
    digest: base.digest,
    detected,
    settings: settings as object,
    descriptors,
    protocol,
  }
  const release = await createRelease(ctx, tx, { ...contents, service, deployment, variables })
  const releasing = await queueRelease(ctx, change, release)
  if (!releasing) await enqueue(tx, 'rollout', deployment.id)
  const data = { releaseId: release.id, ...(releasing ? { state: 'RELEASING' as const } : {}) }
  return tx.deployment.update({ where: { id: deployment.id }, data })
}
