import { z } from 'zod'
import type { Deployment, Release, Service } from '../../gen/prisma/client.ts'
import { PlatformError } from '../../lib/errors.ts'
import type { NamespaceContext, Transaction } from '../context.ts'
import { queueDeployment } from '../deployments/queue.ts'
import { findService } from '../services/find.ts'
import { change, member } from '../verb.ts'

/** Makes an earlier release the live one again, without a build. */
export const rollback = change({
  name: 'releases.rollback',
  access: member('DEVELOPER'),
  input: z.object({ namespace: z.string(), service: z.string(), version: z.number().int().min(1).optional() }),
  async run({ ctx, input, change }) {
    const service = await findService(ctx, input.service, change.tx)
    const release = await (input.version ? releaseOf(ctx, change, service, input.version) : previousOf(ctx, change, service))
    if (release.id === service.liveReleaseId)
      throw new PlatformError('failed_precondition', `v${release.version} of ${service.name} is the live release already.`, {
        reason: 'ALREADY_LIVE',
      })
    return redeploy(ctx, change, { service, release, trigger: 'rollback' })
  },
})

/** Replaces every instance by a new one of the live release. */
export const restart = change({
  name: 'services.restart',
  access: member('DEVELOPER'),
  input: z.object({ namespace: z.string(), service: z.string() }),
  async run({ ctx, input, change }) {
    const service = await findService(ctx, input.service, change.tx)
    const release = service.liveReleaseId && (await change.tx.release.findUnique({ where: { id: service.liveReleaseId } }))
    if (!release)
      throw new PlatformError('failed_precondition', `Nothing of ${service.name} is live: there is nothing to restart.`, {
        hint: `Type \`micro deployments ${service.name}\` to see why.`,
      })
    return redeploy(ctx, change, { service, release, trigger: 'restart' })
  },
})

type Redeploy = { service: Service; release: Release; trigger: 'rollback' | 'restart' }

async function redeploy(ctx: NamespaceContext, change: Transaction, { service, release, trigger }: Redeploy): Promise<Deployment> {
  const { tx } = change
  const made = await tx.deployment.findUniqueOrThrow({ where: { id: release.deploymentId } })
  if (service.instancesWanted === 0) await tx.service.update({ where: { id: service.id }, data: { instancesWanted: 1 } })
  const { options, digest, sourceId, sourceLocation } = made
  const deployment = await queueDeployment(ctx, change, service, {
    trigger,
    source: release.source,
    sourceLocation,
    sourceId,
    releaseId: release.id,
    options: options as object,
    digest,
  })
  await requireFiles(change, service, release)
  await change.audit({ action: `services.${trigger}`, target: `${service.name} v${release.version}`, after: { deployment: deployment.id } })
  return deployment
}

/** Looked at under the lock that the new deployment took on the service, which a sweep of the disk takes too. */
async function requireFiles({ tx }: Transaction, service: Service, { id, version }: Release): Promise<void> {
  const { sweptAt } = await tx.release.findUniqueOrThrow({ where: { id }, select: { sweptAt: true } })
  if (sweptAt === null) return
  throw new PlatformError(
    'failed_precondition',
    `v${version} of ${service.name} is no longer kept: its files were removed to free the disk.`,
    {
      reason: 'RELEASE_SWEPT',
      hint: `Deploy its source again, or go back to one that \`micro releases ${service.name}\` shows as kept.`,
    },
  )
}

async function releaseOf(ctx: NamespaceContext, { tx }: Transaction, service: Service, version: number): Promise<Release> {
  const release = await tx.release.findFirst({ where: { serviceId: service.id, namespaceId: ctx.namespace.id, version } })
  if (!release)
    throw new PlatformError('not_found', `There is no release v${version} of ${service.name}.`, {
      hint: `Type \`micro releases ${service.name}\` to see them.`,
    })
  return release
}

/** The release that was live before the present one. */
async function previousOf(ctx: NamespaceContext, { tx }: Transaction, service: Service): Promise<Release> {
  const earlier = await tx.deployment.findFirst({
    where: {
      serviceId: service.id,
      namespaceId: ctx.namespace.id,
      state: 'LIVE',
      release: { sweptAt: null },
      NOT: { releaseId: service.liveReleaseId },
    },
    orderBy: { number: 'desc' },
    include: { release: true },
  })
  if (!earlier?.release)
    throw new PlatformError('failed_precondition', `No other release of ${service.name} was ever live.`, {
      reason: 'NO_EARLIER_RELEASE',
      hint: `Type \`micro releases ${service.name}\` to see them.`,
    })
  return earlier.release
}
