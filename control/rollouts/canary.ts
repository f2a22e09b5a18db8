import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Deployment, Instance } from '../../gen/prisma/client.ts'
import { PlatformError } from '../../lib/errors.ts'
import type { Address } from '../../runtime/runtime.ts'
import { namespaceChannel, routesChannel } from '../context.ts'
import { endedElsewhere } from '../deployments/ended.ts'
import { type StartableRelease, settingsOf, whyEnded } from '../instances/start.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { transaction } from '../verb.ts'
import type { WorkerContext } from '../worker.ts'
import { type Traffic, worseThan } from './judge.ts'

type Rollout = Deployment & { release: StartableRelease }
type Started = { row: Instance; address: Address; startedAt: Date }

const defaultMs = 5 * 60_000
/** Routers tell what they count this often while there is a canary. */
const lookMs = 500

/**
 * Gives the new release a share of the requests and compares it with the live one for as long as the service says. Does nothing for a
 * rollout that is no canary. Can be done again after a crash: it goes on where it was.
 * @throws PlatformError `failed_precondition` as soon as the canary is worse
 */
export async function watchCanary(
  ctx: WorkerContext,
  rollout: Rollout,
  started: Started[],
  protocol: string,
  signal: AbortSignal,
): Promise<void> {
  const live = await liveRelease(ctx, rollout, protocol)
  if (live === undefined) return
  const { startedAt, baseline } = await begin(ctx, rollout, live.id, started)
  const until = startedAt.getTime() + (settingsOf(rollout.release).canaryMs ?? defaultMs)
  while (ctx.clock.now().getTime() < until) {
    await pause(lookMs, undefined, { signal })
    for (const one of started) await requireRunning(ctx, rollout, one)
    const [before, now] = await Promise.all([trafficOf(ctx, live.id), trafficOf(ctx, rollout.release.id)])
    const worse = worseThan(since(baseline.live, before), since(baseline.canary, now))
    if (worse === undefined) continue
    throw new PlatformError('failed_precondition', `The canary v${rollout.release.version} was worse than v${live.version}: ${worse}.`, {
      reason: 'CANARY_WORSE',
      hint: `All requests go to v${live.version} again. What v${rollout.release.version} printed: \`micro logs ${rollout.release.service.name}\`.`,
    })
  }
}

async function liveRelease(ctx: WorkerContext, { release, trigger }: Rollout, protocol: string) {
  const percent = settingsOf(release).canaryPercent ?? 0
  if (percent === 0 || trigger === 'rollback' || trigger === 'restart') return undefined
  const { liveRelease: live } = await ctx.db.service.findUniqueOrThrow({ where: { id: release.serviceId }, include: { liveRelease: true } })
  if (!live || live.id === release.id) return undefined
  if (live.protocol === protocol) return live
  throw new PlatformError(
    'failed_precondition',
    `v${live.version} speaks ${live.protocol} and v${release.version} ${protocol}: they cannot share requests.`,
    {
      hint: 'Deploy it without a canary: `--canary 0`.',
    },
  )
}

const Counts = z.object({ requests: z.number(), errors: z.number(), latencyBuckets: z.array(z.number()) })
const Baseline = z.object({ live: Counts, canary: Counts })

async function begin(ctx: WorkerContext, rollout: Rollout, liveId: string, started: Started[]) {
  const { id, serviceId, namespaceId, release } = rollout
  const begun = rollout.canaryStartedAt && { startedAt: rollout.canaryStartedAt, baseline: Baseline.parse(rollout.canaryBaseline) }
  const [live, canary] = await Promise.all([trafficOf(ctx, liveId), trafficOf(ctx, release.id)])
  const { startedAt, baseline } = begun ?? { startedAt: ctx.clock.now(), baseline: { live, canary } }
  await transaction(ctx, 'rollouts.canary', async ({ tx, audit, notify }) => {
    const { count } = await tx.deployment.updateMany({
      where: { id, state: { in: ['STARTING', 'CANARY'] } },
      data: { state: 'CANARY', canaryStartedAt: startedAt, canaryBaseline: baseline },
    })
    if (count === 0) throw endedElsewhere()
    for (const { row, address, startedAt: since } of started)
      await tx.instance.update({ where: { id: row.id }, data: { state: 'READY', ...address, startedAt: since } })
    await tx.service.update({ where: { id: serviceId }, data: { routeVersion: await nextRouteVersion(tx) } })
    const percent = settingsOf(release).canaryPercent
    await audit({
      action: 'rollouts.canary',
      target: `${release.service.name} v${release.version}`,
      namespaceId,
      after: { deployment: id, percent },
    })
    notify(routesChannel, {})
    notify(namespaceChannel(namespaceId), { kind: 'deployment', id, service: serviceId })
  })
  return { startedAt, baseline }
}

/** It is not started again while it is judged: an instance that ends is worse. */
async function requireRunning(ctx: WorkerContext, { release }: Rollout, { row, ...started }: Started): Promise<void> {
  const seen = ctx.worker.seen(row.id)
  if (seen !== undefined && seen.state !== 'running') throw await whyEnded(ctx, row, release, started)
}

async function trafficOf(ctx: WorkerContext, releaseId: string): Promise<Traffic> {
  const row = await ctx.db.releaseTraffic.findUnique({ where: { releaseId } })
  if (!row) return { requests: 0, errors: 0, latencyBuckets: [] }
  return { requests: Number(row.requests), errors: Number(row.errors), latencyBuckets: row.latencyBuckets.map(Number) }
}

const since = (before: Traffic, now: Traffic): Traffic => ({
  requests: now.requests - before.requests,
  errors: now.errors - before.errors,
  latencyBuckets: now.latencyBuckets.map((count, bucket) => count - (before.latencyBuckets[bucket] ?? 0)),
})
