import { z } from 'zod'
import type { Deployment, Instance, Release } from '../../gen/prisma/client.ts'
import { PlatformError, toPlatformError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import type { Tx } from '../../prisma/client.ts'
import { isDatabaseAway } from '../../prisma/errors.ts'
import type { Address } from '../../runtime/runtime.ts'
import { desiredChannel, namespaceChannel, outboxChannel, routesChannel } from '../context.ts'
import { endedElsewhere, isStopping, untilEnded } from '../deployments/ended.ts'
import { failDeployment } from '../deployments/fail.ts'
import { activeStates, enqueue } from '../deployments/queue.ts'
import { type StartableRelease, settingsOf, specOf, startInstance } from '../instances/start.ts'
import { servicesOf } from '../registry/descriptors.ts'
import { isMounted } from '../releases/pack.ts'
import { routersApplied } from '../routes/applied.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { writeEntries } from '../runs/cron-entries.ts'
import { transaction } from '../verb.ts'
import type { WorkerContext } from '../worker.ts'
import { watchCanary } from './canary.ts'
import { declaredBy } from './declared.ts'

export const RolloutJob = z.object({ deploymentId: z.string() })

type Rollout = Deployment & { release: StartableRelease & Pick<Release, 'descriptors'>; instances: Instance[] }
type Started = { row: Instance; address: Address; h2c: boolean; startedAt: Date }

/**
 * Starts new instances → healthy → switches the route → the reconciler drains and stops the old ones.
 * Any failure leaves the old release serving. Can be done again after a crash: what was started is found by its id.
 */
export async function rollOut(ctx: WorkerContext, job: z.output<typeof RolloutJob>): Promise<void> {
  const rollout = await load(ctx, job.deploymentId)
  if (!rollout) return
  const rows = await begin(ctx, rollout)
  const until = untilEnded(ctx, rollout.id)
  let version: bigint
  try {
    const started = await Promise.all(
      rows.map(async (row) => ({ row, ...(await startOrReplace(ctx, row, rollout.release, until.signal)) })),
    )
    const protocol = await settleProtocol(ctx, rollout, started, until.signal)
    await watchCanary(ctx, rollout, started, protocol, until.signal)
    version = await switchRoute(ctx, rollout, started, protocol)
  } catch (error) {
    if (isStopping(ctx) || isDatabaseAway(error)) throw error
    await abandon(ctx, rollout, rows)
    if (until.ended.aborted) await announce(ctx, rollout)
    else await fail(ctx, rollout, error)
    return await ctx.platform.bus.publish(desiredChannel, { serviceId: rollout.serviceId })
  } finally {
    until.stop()
  }
  // It is live: what goes wrong from here on stops nothing.
  await Promise.all(rows.map(async (row) => ctx.worker.runtime.apply(await specOf(ctx, row, rollout.release, 'always'))))
  // Told only now, so that whoever hears "live" meets the new release.
  await routersApplied(ctx, { version, timeoutMs: 3_000, signal: ctx.signal })
  await announce(ctx, rollout)
  await ctx.platform.bus.publish(desiredChannel, { serviceId: rollout.serviceId })
}

async function load(ctx: WorkerContext, id: string): Promise<Rollout | undefined> {
  const deployment = await ctx.db.deployment.findFirst({
    // One that is releasing is rolled out once its release command has succeeded.
    where: { id, state: { in: activeStates, not: 'RELEASING' }, service: { deletedAt: null } },
    include: { release: { include: { service: { include: { namespace: true } } } }, instances: true },
  })
  const release = deployment?.release
  if (!deployment || !release || release.serviceId !== deployment.serviceId || release.namespaceId !== deployment.namespaceId)
    return undefined
  return { ...deployment, release }
}

/** Writes down the instances before they are started, so that a crash leaves none that nobody knows. */
async function begin(ctx: WorkerContext, rollout: Rollout): Promise<Instance[]> {
  const { id, namespaceId, serviceId, release } = rollout
  const wanted = Math.max(release.service.instancesWanted, 1)
  const rows = await ctx.db.$transaction(async (tx) => {
    await tx.deployment.updateMany({
      where: { id, state: { in: activeStates, not: 'CANARY' } },
      data: { state: 'STARTING', rolloutStartedAt: rollout.rolloutStartedAt ?? ctx.clock.now() },
    })
    const warm = await wakeWarm(tx, rollout, wanted - rollout.instances.length)
    const missing = wanted - rollout.instances.length - warm.length
    const data = Array.from({ length: Math.max(missing, 0) }, () => ({
      id: newId('ins'),
      namespaceId,
      serviceId,
      releaseId: release.id,
      deploymentId: id,
    }))
    return [...rollout.instances, ...warm, ...(await tx.instance.createManyAndReturn({ data }))]
  })
  await announce(ctx, rollout)
  return rows
}

/** One that ran before (kept warm, or of a worker that was killed) may have died meanwhile: then it is started afresh. */
async function startOrReplace(ctx: WorkerContext, row: Instance, release: StartableRelease, signal: AbortSignal) {
  const ranBefore = ctx.worker.seen(row.id) !== undefined
  const start = () => startInstance(ctx, row, release, { restart: 'never', signal })
  try {
    return await start()
  } catch (error) {
    if (!ranBefore || signal.aborted) throw error
    await ctx.worker.runtime.remove(row.id, { graceMs: 0 })
    return start()
  }
}

/** Instances of the release that are kept paused become this deployment's. */
async function wakeWarm(tx: Tx, { id: deploymentId, serviceId, releaseId }: Rollout, count: number): Promise<Instance[]> {
  if (count <= 0) return []
  const warm = { serviceId, releaseId: releaseId ?? '', state: 'WARM' as const }
  const found = await tx.instance.findMany({ where: warm, take: count, select: { id: true } })
  return tx.instance.updateManyAndReturn({
    where: { ...warm, id: { in: found.map(({ id }) => id) } },
    data: { deploymentId, state: 'STARTING', warmUntil: null },
  })
}

/** What was declared wins; otherwise what the running server speaks, and its descriptors by reflection. */
async function settleProtocol(ctx: WorkerContext, { release }: Rollout, started: Started[], signal: AbortSignal): Promise<'http' | 'grpc'> {
  const [first] = started
  const declared = settingsOf(release).protocol
  if (!first || release.protocol === 'http') return 'http'
  if (declared === 'grpc' && !first.h2c)
    throw new PlatformError(
      'failed_precondition',
      'The service is declared as gRPC, but what listens on $PORT does not speak HTTP/2 without TLS (h2c).',
      {
        hint: 'Serve plaintext HTTP/2, or set `protocol: http` in micro.yaml.',
      },
    )
  if (!first.h2c) return 'http'
  const descriptors = release.descriptors ?? (await ctx.worker.reflect(first.address, signal))
  if (!descriptors || servicesOf(descriptors).length === 0) return declared ?? 'http'
  if (!release.descriptors) await ctx.db.release.update({ where: { id: release.id }, data: { descriptors: new Uint8Array(descriptors) } })
  return 'grpc'
}

async function switchRoute(ctx: WorkerContext, rollout: Rollout, started: Started[], protocol: string): Promise<bigint> {
  const { id, namespaceId, serviceId, release } = rollout
  return transaction(ctx, 'rollouts.switch', async ({ tx, audit, notify }) => {
    const routeVersion = await nextRouteVersion(tx)
    const { liveRelease: before } = await tx.service.findUniqueOrThrow({ where: { id: serviceId }, include: { liveRelease: true } })
    const { source, sourceLocation } = rollout
    await tx.service.update({
      where: { id: serviceId },
      data: { liveReleaseId: release.id, routeVersion, source, sourceLocation, ...declaredBy(rollout, before) },
    })
    const live = { state: 'LIVE' as const, reason: null, hint: null, endedAt: ctx.clock.now() }
    const { count } = await tx.deployment.updateMany({ where: { id, state: { in: ['STARTING', 'CANARY'] } }, data: live })
    if (count === 0) throw endedElsewhere()
    await writeEntries(ctx, tx, release)
    if (release.protocol !== protocol) await tx.release.update({ where: { id: release.id }, data: { protocol } })
    for (const { row, address, startedAt } of started)
      await tx.instance.update({ where: { id: row.id }, data: { state: 'READY', ...address, startedAt } })
    await retire(ctx, tx, { serviceId, before, staying: started.map(({ row }) => row.id) })
    if (ctx.worker.packer && isMounted(release)) {
      await enqueue(tx, 'pack', id)
      notify(outboxChannel, {})
    }
    await audit({
      action: 'rollouts.switch',
      target: `${release.service.name} v${release.version}`,
      namespaceId,
      before: { release: before?.id ?? null },
      after: { release: release.id, deployment: id },
    })
    notify(routesChannel, {})
    return routeVersion
  })
}

/** Instances of the release that was live may be kept warm; of those before it none is. */
async function retire(
  ctx: WorkerContext,
  tx: Tx,
  { serviceId, before, staying }: { serviceId: string; before: Release | null; staying: string[] },
): Promise<void> {
  const old = { serviceId, id: { notIn: staying } }
  const warmMs = before ? (settingsOf(before).warmMs ?? ctx.worker.warmMs) : 0
  await tx.instance.updateMany({ where: { ...old, state: { not: 'READY' } }, data: { state: 'DRAINING', warmUntil: null } })
  const warmUntil = warmMs > 0 ? new Date(ctx.clock.now().getTime() + warmMs) : null
  await tx.instance.updateMany({ where: { ...old, state: 'READY', releaseId: before?.id ?? '' }, data: { state: 'DRAINING', warmUntil } })
  await tx.instance.updateMany({ where: { ...old, state: 'READY' }, data: { state: 'DRAINING' } })
}

async function fail(ctx: WorkerContext, rollout: Rollout, error: unknown): Promise<void> {
  const failure = toPlatformError(error)
  if (failure.code === 'internal') ctx.platform.log.error({ err: error, deployment: rollout.id }, 'rollout failed')
  await failDeployment(ctx, rollout, { reason: failure.message, hint: failure.details.hint })
}

/** What never answered a request is removed; a canary's instances may be answering one, and the reconciler drains them. */
async function abandon(ctx: WorkerContext, { namespaceId, serviceId }: Rollout, rows: Instance[]): Promise<void> {
  const ids = { in: rows.map(({ id }) => id) }
  const canary = await ctx.db.instance.count({ where: { id: ids, state: 'READY' } })
  if (canary > 0) {
    await transaction(ctx, 'rollouts.abandon', async ({ tx, audit, notify }) => {
      await tx.service.updateMany({ where: { id: serviceId }, data: { routeVersion: await nextRouteVersion(tx) } })
      await tx.instance.updateMany({ where: { id: ids }, data: { state: 'DRAINING' } })
      await audit({ action: 'rollouts.abandon', target: serviceId, namespaceId })
      notify(routesChannel, {})
    })
    return
  }
  await Promise.all(rows.map(({ id }) => ctx.worker.runtime.remove(id, { graceMs: 2_000 })))
  await ctx.db.instance.deleteMany({ where: { id: ids } })
}

const announce = (ctx: WorkerContext, { id, namespaceId, serviceId }: Deployment): Promise<void> =>
  ctx.platform.bus.publish(namespaceChannel(namespaceId), { kind: 'deployment', id, service: serviceId })
