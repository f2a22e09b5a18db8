import { z } from 'zod'
import type { Instance, Namespace, Prisma, Release, Service } from '../../gen/prisma/client.ts'
import { type Subnet, subnetAt } from '../../lib/network-pool.ts'
import { accessTokenLifetimeMs } from '../auth/tokens.ts'
import { type ControlContext, routesChannel } from '../context.ts'
import { settingsOf } from '../instances/start.ts'
import { viewInclude, viewOf } from '../services/view.ts'
import { router, watch } from '../verb.ts'

export type RouteChanges = {
  version: bigint
  snapshot: boolean
  namespaces: RoutedNamespace[]
  removedNamespaces: string[]
  routes: RoutedService[]
  removedRoutes: { namespace: string; service: string }[]
  jwks: string
  revokedSessions: string[]
}
export type RoutedNamespace = Namespace & { network: Subnet | undefined }
export type RoutedService = Service & {
  namespace: Namespace
  liveRelease: Release | null
  instances: Instance[]
  /** Of the deployment whose release is being watched. */
  canary: { id: string; release: number; percent: number; instances: Instance[] } | undefined
  unavailableReason: string
}

/** How often a router that follows is noted as alive; `routersApplied` waits for those seen within three of these. */
const heartbeatMs = 5_000

/** The whole table first (unless the router holds that version), then what changed, version by version. */
export const watchRoutes = watch({
  name: 'routes.watch',
  access: router,
  input: z.object({ routerId: z.string().min(1).max(100), version: z.bigint() }),
  async *run({ ctx, input }): AsyncGenerator<RouteChanges> {
    let held = input.version
    // What the router holds may be of a time when the pool of networks was another: the first that it is told is which there are.
    let allNetworks = true
    // A copy from another life of the database: its versions mean nothing here.
    if (held > (await currentVersion(ctx))) held = 0n
    const beat = setInterval(() => void keepAlive(ctx, input.routerId), heartbeatMs)
    try {
      for await (const _ of ctx.platform.bus.subscribe(routesChannel, { signal: ctx.signal })) {
        const changes = await changesSince(ctx, held, { allNetworks })
        yield changes
        held = changes.version
        allNetworks = false
      }
    } finally {
      clearInterval(beat)
      // Nobody waits any longer for a router that is gone.
      await ctx.db.router.deleteMany({ where: { id: input.routerId } })
    }
  },
})

async function keepAlive(ctx: ControlContext, id: string): Promise<void> {
  try {
    await ctx.db.router.updateMany({ where: { id }, data: { seenAt: ctx.clock.now() } })
  } catch (error) {
    ctx.platform.log.warn({ error: String(error) }, 'a router that follows could not be noted')
  }
}

/** Read in one snapshot of the database, so that what is told belongs to just this version. */
async function changesSince(ctx: ControlContext, held: bigint, { allNetworks }: { allNetworks: boolean }): Promise<RouteChanges> {
  return ctx.db.$transaction(
    async (tx) => {
      const { version } = await tx.routeClock.findUniqueOrThrow({ where: { id: 1 } })
      const newer = { routeVersion: { gt: held } }
      const tombstones =
        held === 0n ? [] : await tx.routeTombstone.findMany({ where: { version: { gt: held } }, orderBy: { version: 'asc' } })
      const told = allNetworks ? { OR: [newer, { networkIndex: { not: null } }] } : newer
      const namespaces = await tx.namespace.findMany({ where: { ...told, deletedAt: null } })
      const services = await tx.service.findMany({ where: { ...newer, deletedAt: null }, include: routedInclude })
      const revoked = await tx.session.findMany({
        where: { revokedAt: { gt: new Date(ctx.clock.now().getTime() - accessTokenLifetimeMs) } },
        select: { id: true },
      })
      return {
        version,
        snapshot: held === 0n,
        namespaces: namespaces.map((namespace) => ({ ...namespace, network: networkOf(ctx, namespace) })),
        removedNamespaces: tombstones.filter(({ service }) => service === null).map(({ namespace }) => namespace),
        routes: services.map((service) => ({ ...service, canary: canaryOf(service), unavailableReason: unavailable(service) })),
        removedRoutes: tombstones.flatMap(({ namespace, service }) => (service === null ? [] : [{ namespace, service }])),
        jwks: JSON.stringify(ctx.platform.tokens.jwks()),
        revokedSessions: revoked.map(({ id }) => id),
      }
    },
    { isolationLevel: 'RepeatableRead' },
  )
}

function networkOf({ platform: { networkPool } }: ControlContext, { networkIndex }: Namespace): Subnet | undefined {
  return networkPool === undefined || networkIndex === null ? undefined : subnetAt(networkPool, networkIndex)
}

const routedInclude = {
  ...viewInclude,
  liveRelease: true,
  namespace: true,
  allDeployments: { ...viewInclude.allDeployments, include: { release: true } },
} as const

type Row = Prisma.ServiceGetPayload<{ include: typeof routedInclude }>

function canaryOf({ instances, allDeployments: [last] }: Row): RoutedService['canary'] {
  if (last?.state !== 'CANARY' || !last.release) return undefined
  const percent = settingsOf(last.release).canaryPercent ?? 0
  const ready = instances.filter(({ state, deploymentId }) => state === 'READY' && deploymentId === last.id)
  return { id: last.id, release: last.release.version, percent, instances: ready }
}

const currentVersion = async (ctx: ControlContext): Promise<bigint> =>
  (await ctx.db.routeClock.findUniqueOrThrow({ where: { id: 1 } })).version

function unavailable(service: Parameters<typeof viewOf>[0]): string {
  const { state, stateDetail } = viewOf(service)
  if (state === 'STOPPED') return `${service.name} is stopped: it is scaled to 0 instances.`
  if (state === 'DEPLOYING') return `${service.name} is being deployed for the first time.`
  return `${service.name} has no instance that is ready. ${stateDetail ?? ''}`.trim()
}
