import type { ControlContext } from '../../control/context.ts'
import { namesIn } from '../../control/env-vars/snapshot.ts'
import { getService } from '../../control/services/get.ts'
import type { ServiceView } from '../../control/services/view.ts'
import type { Deployment, Release, Service } from '../../gen/prisma/client.ts'
import { namespaceOf } from '../service/namespace.ts'

type DeploymentParent = Deployment & { service?: Service | ServiceView; release?: Release | null }

export const deploymentTypes = {
  Deployment: {
    service: async ({ service, ...deployment }: DeploymentParent, _: unknown, ctx: ControlContext) => {
      if (service && 'instancesReady' in service) return service
      const name = service?.name ?? (await serviceRow(ctx, deployment)).name
      const { name: namespace } = await namespaceOf(ctx, deployment.namespaceId)
      return getService({ ctx, input: { namespace, service: name } })
    },
    release: async (deployment: DeploymentParent, _: unknown, ctx: ControlContext) => {
      const { namespaceId, releaseId } = deployment
      if (!releaseId) return null
      const release = deployment.release ?? (await ctx.db.release.findFirst({ where: { id: releaseId, namespaceId } }))
      return release && { ...release, live: (await serviceRow(ctx, deployment)).liveReleaseId === release.id }
    },
    releaseStartedAt: async (deployment: Deployment, _: unknown, ctx: ControlContext) => (await releaseRun(ctx, deployment))?.createdAt,
    releaseEndedAt: async (deployment: Deployment, _: unknown, ctx: ControlContext) => (await releaseRun(ctx, deployment))?.endedAt,
  },
  Release: {
    artifactBytes: ({ artifactBytes }: Release) => Number(artifactBytes),
    variables: (release: Release) => namesIn(release).map(({ name }) => name),
    kept: ({ sweptAt }: Release) => sweptAt === null,
  },
}

const serviceRow = (ctx: ControlContext, { serviceId, namespaceId }: Deployment): Promise<Service> =>
  ctx.db.service.findUniqueOrThrow({ where: { id: serviceId, namespaceId } })

const releaseRun = (ctx: ControlContext, { id, namespaceId }: Deployment) =>
  ctx.db.run.findFirst({ where: { deploymentId: id, namespaceId }, select: { createdAt: true, endedAt: true } })
