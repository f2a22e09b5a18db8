import type { Deployment, Instance, Prisma } from '../../gen/prisma/client.ts'
import type { InstanceState } from '../../gen/prisma/enums.ts'
import { newId } from '../../lib/ids.ts'
import type { Instance as Actual } from '../../runtime/runtime.ts'
import { namespaceChannel, routesChannel } from '../context.ts'
import { activeStates } from '../deployments/queue.ts'
import { drainInstance } from '../instances/drain.ts'
import { type StartableRelease, startInstance } from '../instances/start.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { activeRunStates } from '../runs/state.ts'
import { transaction } from '../verb.ts'
import type { WorkerContext } from '../worker.ts'
import { describeActual } from './describe.ts'

/**
 * Work on one instance that goes on while the service is looked at again; begun once, however often it is found to be needed.
 * What is to be done `instead` ends other work on the instance by its signal, and comes after that.
 */
export type Tasks = (instanceId: string, work: (signal: AbortSignal) => Promise<void>, options?: { instead: boolean }) => void

type Row = Instance & { deployment: Deployment }

/**
 * Brings one service from what is to what is wanted: instances of rollouts under way are theirs; of the others those of the live release
 * are kept running, in the wanted number, and the rest is drained.
 */
export async function reconcileService(ctx: WorkerContext, serviceId: string, tasks: Tasks): Promise<void> {
  const service = await ctx.db.service.findUnique({
    where: { id: serviceId },
    include: {
      namespace: true,
      liveRelease: { omit: { descriptors: true } },
      instances: { include: { deployment: true }, orderBy: { createdAt: 'asc' } },
      _count: { select: { runs: { where: { state: { in: activeRunStates } } } } },
    },
  })
  if (!service) return
  const ours = service.instances.filter(
    ({ deployment, releaseId }) => releaseId === service.liveReleaseId || !activeStates.includes(deployment.state) || service.deletedAt,
  )
  const kept = ours.filter(
    ({ state, releaseId, deployment }) =>
      state !== 'DRAINING' && state !== 'WARM' && releaseId === service.liveReleaseId && !activeStates.includes(deployment.state),
  )
  const wanted = service.deletedAt ? 0 : service.instancesWanted
  const cooled = ours.filter((row) => row.state === 'WARM' && !staysWarm(ctx, row))
  const excess = [...ours.filter((row) => isLeftover(row, service)), ...cooled, ...byWorth(kept).slice(wanted)]
  await drainAway(ctx, service, excess)

  for (const row of [...ours.filter(({ state }) => state === 'DRAINING'), ...excess])
    tasks(row.id, () => drainInstance(ctx, row), { instead: true })
  if (service.deletedAt) {
    if (service.instances.length > 0 || service._count.runs > 0) return
    await ctx.db.$transaction([ctx.db.service.delete({ where: { id: serviceId } }), ctx.db.logChunk.deleteMany({ where: { serviceId } })])
    return
  }
  const { liveRelease } = service
  if (!liveRelease) return
  const release: StartableRelease = { ...liveRelease, service }
  const staying = byWorth(kept).slice(0, wanted)
  for (const row of staying) await keepRunning(ctx, row, release, tasks)
  for (const row of await createMissing(ctx, release, wanted - staying.length))
    tasks(row.id, (signal) => bringUp({ ...ctx, signal }, row, release))
}

/** What a rollout that failed or was killed half-way left behind, and what an earlier release still has. */
const isLeftover = (row: Row, service: { liveReleaseId: string | null; deletedAt: Date | null }): boolean =>
  row.state !== 'DRAINING' &&
  (service.deletedAt !== null ||
    (row.state !== 'WARM' && row.releaseId !== service.liveReleaseId && !activeStates.includes(row.deployment.state)))

/** Until its time is over, or it has ended. */
const staysWarm = (ctx: WorkerContext, { id, warmUntil }: Row): boolean =>
  (ctx.worker.seen(id)?.state ?? 'running') === 'running' && warmUntil !== null && warmUntil > ctx.clock.now()

const worth: InstanceState[] = ['READY', 'STARTING', 'BACKOFF', 'EXITED', 'DRAINING', 'WARM']
const byWorth = (rows: Row[]): Row[] => rows.toSorted((a, b) => worth.indexOf(a.state) - worth.indexOf(b.state))

async function drainAway(ctx: WorkerContext, service: { id: string; namespaceId: string }, rows: Row[]): Promise<void> {
  if (rows.length === 0) return
  await routed(ctx, service, 'instances.drain', async (tx) => {
    await tx.instance.updateMany({ where: { id: { in: rows.map(({ id }) => id) } }, data: { state: 'DRAINING', warmUntil: null } })
  })
}

/** Compares what is known of an instance with what the runtime says. */
async function keepRunning(ctx: WorkerContext, row: Row, release: StartableRelease, tasks: Tasks): Promise<void> {
  const actual = ctx.worker.seen(row.id)
  if (actual?.state === 'running') {
    const known = row.state === 'READY' && row.port === actual.address.port && row.startedAt?.getTime() === actual.startedAt.getTime()
    if (!known) tasks(row.id, (signal) => bringUp({ ...ctx, signal }, row, release))
    return
  }
  if (actual?.state === 'backoff') return markDown(ctx, row, actual)
  tasks(row.id, (signal) => bringUp({ ...ctx, signal }, row, release))
}

async function markDown(ctx: WorkerContext, row: Row, actual: Actual): Promise<void> {
  const detail = describeActual(actual)
  if (row.state === 'BACKOFF' && row.detail === detail) return
  const data = { state: 'BACKOFF' as const, detail, restarts: actual.restarts }
  await routed(ctx, { id: row.serviceId, namespaceId: row.namespaceId }, 'instances.down', async (tx) => {
    await tx.instance.updateMany({ where: { id: row.id, state: { not: 'DRAINING' } }, data })
  })
}

/** Starts it if it doesn't run, waits until it is healthy, and lets traffic come. */
async function bringUp(
  ctx: WorkerContext,
  row: Pick<Instance, 'id' | 'serviceId' | 'namespaceId'>,
  release: StartableRelease,
): Promise<void> {
  const service = { id: row.serviceId, namespaceId: row.namespaceId }
  try {
    const { address, startedAt } = await startInstance(ctx, row, release, { restart: 'always', signal: ctx.signal })
    const restarts = ctx.worker.seen(row.id)?.restarts ?? 0
    await routed(ctx, service, 'instances.ready', async (tx) => {
      await tx.instance.updateMany({
        where: { id: row.id, state: { not: 'DRAINING' } },
        data: { state: 'READY', ...address, startedAt, restarts, detail: null },
      })
    })
  } catch (error) {
    if (ctx.signal.aborted) return
    const detail = error instanceof Error ? error.message : String(error)
    await routed(ctx, service, 'instances.down', async (tx) => {
      await tx.instance.updateMany({ where: { id: row.id, state: { not: 'DRAINING' } }, data: { state: 'BACKOFF', detail } })
    })
    // An instance that runs without ever becoming healthy would stay like that: the next look starts it afresh.
    if (ctx.worker.seen(row.id)?.state === 'running') await ctx.worker.runtime.remove(row.id, { graceMs: 2_000 })
  }
}

async function createMissing(ctx: WorkerContext, release: StartableRelease, count: number): Promise<Instance[]> {
  if (count <= 0) return []
  const { id: releaseId, serviceId, namespaceId, deploymentId } = release
  const data = Array.from({ length: count }, () => ({ id: newId('ins'), namespaceId, serviceId, releaseId, deploymentId }))
  return ctx.db.instance.createManyAndReturn({ data })
}

/** A change of instances that changes the route too. */
async function routed(
  ctx: WorkerContext,
  service: { id: string; namespaceId: string },
  action: string,
  work: (tx: Prisma.TransactionClient) => Promise<void>,
): Promise<void> {
  await transaction(ctx, action, async ({ tx, audit, notify }) => {
    const routeVersion = await nextRouteVersion(tx)
    await work(tx)
    await tx.service.updateMany({ where: { id: service.id }, data: { routeVersion } })
    await audit({ action, target: service.id, namespaceId: service.namespaceId })
    notify(routesChannel, {})
    notify(namespaceChannel(service.namespaceId), { kind: 'instance', id: service.id, service: service.id })
  })
}
