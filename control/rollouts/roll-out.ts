import { z } from 'zod'
import type { Deployment, Instance } from '../../gen/prisma/client.ts'
import { PlatformError, toPlatformError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { isDatabaseAway } from '../../prisma/errors.ts'
import type { Address } from '../../runtime/runtime.ts'
import { desiredChannel, namespaceChannel, routesChannel } from '../context.ts'
import { endedElsewhere, isStopping, untilEnded } from '../deployments/ended.ts'
import { failDeployment } from '../deployments/fail.ts'
import { activeStates } from '../deployments/queue.ts'
import { type StartableRelease, settingsOf, specOf, startInstance } from '../instances/start.ts'
import { servicesOf } from '../registry/descriptors.ts'
import { routersApplied } from '../routes/applied.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { transaction } from '../verb.ts'
import type { WorkerContext } from '../worker.ts'
import { declaredBy } from './declared.ts'

export const RolloutJob = z.object({ deploymentId: z.string() })

type Rollout = Deployment & { release: StartableRelease; instances: Instance[] }
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
      rows.map(async (row) => ({ row, ...(await startInstance(ctx, row, rollout.release, { restart: 'never', signal: until.signal })) })),
    )
    const protocol = await settleProtocol(ctx, rollout, started, until.signal)
    version = await switchRoute(ctx, rollout, started, protocol)
  } catch (error) {
    if (isStopping(ctx) || isDatabaseAway(error)) throw error
    await abandon(ctx, rows)
    if (until.ended.aborted) return await announce(ctx, rollout)
    const failure = toPlatformError(error)
    if (failure.code === 'internal') ctx.platform.log.error({ err: error, deployment: rollout.id }, 'rollout failed')
    return await failDeployment(ctx, rollout, { reason: failure.message, hint: failure.details.hint })
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
    where: { id, state: { in: activeStates }, service: { deletedAt: null } },
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
      where: { id, state: { in: activeStates } },
      data: { state: 'STARTING', rolloutStartedAt: rollout.rolloutStartedAt ?? ctx.clock.now() },
    })
    const missing = wanted - rollout.instances.length
    const data = Array.from({ length: Math.max(missing, 0) }, () => ({
      id: newId('ins'),
      namespaceId,
      serviceId,
      releaseId: release.id,
      deploymentId: id,
    }))
    return [...rollout.instances, ...(await tx.instance.createManyAndReturn({ data }))]
  })
  await announce(ctx, rollout)
  return rows
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
    const { count } = await tx.deployment.updateMany({ where: { id, state: 'STARTING' }, data: live })
    if (count === 0) throw endedElsewhere()
    if (release.protocol !== protocol) await tx.release.update({ where: { id: release.id }, data: { protocol } })
    for (const { row, address, startedAt } of started)
      await tx.instance.update({ where: { id: row.id }, data: { state: 'READY', ...address, startedAt } })
    await tx.instance.updateMany({ where: { serviceId, id: { notIn: started.map(({ row }) => row.id) } }, data: { state: 'DRAINING' } })
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

async function abandon(ctx: WorkerContext, rows: Instance[]): Promise<void> {
  await Promise.all(rows.map(({ id }) => ctx.worker.runtime.remove(id, { graceMs: 2_000 })))
  await ctx.db.instance.deleteMany({ where: { id: { in: rows.map(({ id }) => id) }, state: { not: 'READY' } } })
}

const announce = (ctx: WorkerContext, { id, namespaceId, serviceId }: Deployment): Promise<void> =>
  ctx.platform.bus.publish(namespaceChannel(namespaceId), { kind: 'deployment', id, service: serviceId })
