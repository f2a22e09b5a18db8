import type { Run } from '../../gen/prisma/client.ts'
import type { RunState } from '../../gen/prisma/enums.ts'
import { desiredChannel, namespaceChannel, outboxChannel, runsChannel, type Transaction } from '../context.ts'
import { failIn } from '../deployments/fail.ts'
import { enqueue } from '../deployments/queue.ts'
import { describeExit } from '../reconciler/describe.ts'
import { transaction } from '../verb.ts'
import type { WorkerContext } from '../worker.ts'
import { loadRun } from './load.ts'
import { lockRuns } from './lock.ts'
import { tellRun } from './queue.ts'
import { sayEnded, type Why, whyReleaseFailed } from './release.ts'

export type Outcome = { state: RunState; reason: string | null; exitCode?: number }

/** Ends a run whose instance is gone and whose output is stored: as its row says, unless it never began. */
export async function endRun(ctx: WorkerContext, id: string, given?: Outcome): Promise<void> {
  const run = await loadRun(ctx, id)
  if (run?.state !== 'RUNNING') return
  const outcome = given ?? outcomeOf(run)
  const why = run.deploymentId ? await whyReleaseFailed(ctx, run, outcome) : undefined
  if (run.deploymentId) await sayEnded(ctx, run, why)
  await transaction(ctx, 'runs.end', async (change) => {
    const { tx, audit, notify } = change
    await lockRuns(tx, run.namespaceId)
    const ended = await tx.run.update({ where: { id }, data: { ...outcome, endedAt: ctx.clock.now() } })
    if (run.deploymentId) await settleDeployment(ctx, change, ended, why)
    await audit({ action: 'runs.end', target: id, namespaceId: run.namespaceId, after: { state: ended.state, exitCode: ended.exitCode } })
    tellRun(change, ended)
    // Of a service that is being deleted, the reconciler waits for this.
    notify(desiredChannel, { serviceId: run.serviceId })
    const waiting = await tx.run.findMany({ where: { namespaceId: run.namespaceId, state: 'QUEUED' }, orderBy: { id: 'asc' } })
    for (const next of waiting) notify(runsChannel, { id: next.id })
  })
}

export function outcomeOf(run: Run): Outcome {
  if (run.endAs) return { state: run.endAs, reason: run.reason }
  if (!run.exitedAt) return { state: 'FAILED', reason: 'The platform was stopped or killed while it ran, and it ended with it.' }
  if (run.exitCode === 0) return { state: 'SUCCEEDED', reason: null }
  const { exitCode: code, signal, outOfMemory } = run
  if (code === null && !signal) return { state: 'FAILED', reason: 'It ended while the platform was away, and how is not known.' }
  const how = describeExit({ at: run.exitedAt, ...(code === null ? {} : { code }), ...(signal ? { signal } : {}) })
  return { state: 'FAILED', reason: `It ${how}${outOfMemory ? ': it went over its memory limit' : ''}.` }
}

/** What waits for its release command: instances of the new release start, or it has failed. One that was ended meanwhile stays as it is. */
async function settleDeployment(ctx: WorkerContext, change: Transaction, run: Run, why: Why | undefined): Promise<void> {
  const { tx, notify } = change
  const deployment = await tx.deployment.findFirst({ where: { id: run.deploymentId ?? '', state: 'RELEASING', releaseId: run.releaseId } })
  if (!deployment) return
  if (why) return failIn(ctx, change, deployment, why)
  await tx.deployment.update({ where: { id: deployment.id }, data: { state: 'STARTING' } })
  await enqueue(tx, 'rollout', deployment.id)
  notify(outboxChannel, {})
  notify(namespaceChannel(run.namespaceId), { kind: 'deployment', id: deployment.id, service: run.serviceId })
}
