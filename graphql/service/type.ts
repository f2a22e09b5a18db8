import type { ControlContext } from '../../control/context.ts'
import { listDeployments } from '../../control/deployments/list.ts'
import { type Endpoint, endpointsOf } from '../../control/registry/descriptors.ts'
import { listReleases } from '../../control/releases/list.ts'
import { type ServiceView, urlsOf } from '../../control/services/view.ts'
import type { NamespaceParent } from '../namespace/type.ts'
import { namespaceOf } from './namespace.ts'

export const serviceTypes = {
  Service: {
    namespace: (service: ServiceView, _: unknown, ctx: ControlContext): Promise<NamespaceParent> => namespaceOf(ctx, service.namespaceId),
    protocol: ({ liveRelease }: ServiceView) => liveRelease?.protocol.toUpperCase() || null,
    liveRelease: ({ liveRelease }: ServiceView) => liveRelease && { ...liveRelease, live: true },
    url: async (service: ServiceView, _: unknown, ctx: ControlContext) => (await urls(service, ctx)).url,
    hostUrl: async (service: ServiceView, _: unknown, ctx: ControlContext) => (await urls(service, ctx)).hostUrl,
    instances: ({ instances }: ServiceView) => instances.map(({ release, ...instance }) => ({ ...instance, version: release.version })),
    endpoints: async ({ liveReleaseId, namespaceId }: ServiceView, _: unknown, ctx: ControlContext) => {
      const where = { id: liveReleaseId ?? '', namespaceId }
      return endpointsOf((await ctx.db.release.findFirst({ where, select: { descriptors: true } }))?.descriptors ?? null)
    },
    lastDeployment: (service: ServiceView) => service.lastDeployment && { ...service.lastDeployment, service },
    deployments: async (service: ServiceView, { first }: { first: number }, ctx: ControlContext) => {
      const { name: namespace } = await namespaceOf(ctx, service.namespaceId)
      return listDeployments({ ctx, input: { namespace, service: service.name, first } })
    },
    releases: async (service: ServiceView, { first }: { first: number }, ctx: ControlContext) => {
      const { name: namespace } = await namespaceOf(ctx, service.namespaceId)
      return listReleases({ ctx, input: { namespace, service: service.name, first } })
    },
  },
  Endpoint: {
    path: ({ type, method }: Endpoint) => `/${type}/${method}`,
    description: ({ description }: Endpoint) => description || null,
  },
  Field: {
    description: ({ description }: { description: string }) => description || null,
  },
}

async function urls(service: ServiceView, ctx: ControlContext) {
  const namespace = await namespaceOf(ctx, service.namespaceId)
  return urlsOf(ctx.platform.installation, namespace.name, service.name)
}
