import type { Run } from '../../gen/prisma/client.ts'
import { toPlatformError } from '../../lib/errors.ts'
import type { Tx } from '../../prisma/client.ts'
import { isDatabaseAway } from '../../prisma/errors.ts'
import { specOf } from '../instances/start.ts'
import { planOf } from '../namespaces/plans.ts'
import type { WorkerContext } from '../worker.ts'
import { endRun } from './end.ts'
import type { ActiveRun } from './load.ts'
import { lockRuns } from './lock.ts'
import { sayBegun } from './release.ts'
import type { Command } from './state.ts'

/**
 * Starts the run's instance when its turn has come. Can be done again after a crash: the runtime starts an instance of an id once.
 * @returns false when its turn has not come, or when the run has ended by that
 */
export async function startRun(ctx: WorkerContext, run: ActiveRun): Promise<boolean> {
  if (run.state === 'QUEUED') {
    if (!(await takeTurn(ctx, run))) return false
    if (run.deploymentId) await sayBegun(ctx, run)
  }
  try {
    const spec = await specOf(ctx, run, run.release, 'never')
    // It never gets past its start.
    const { startCpus: _, ...limits } = spec.limits
    const instance = await ctx.worker.runtime.apply({
      ...spec,
      limits,
      command: run.command as Command,
      env: { ...spec.env, MICRO_RUN: run.id },
    })
    const startedAt = instance.state === 'running' ? instance.startedAt : ctx.clock.now()
    await ctx.db.run.updateMany({ where: { id: run.id, startedAt: null }, data: { startedAt } })
    return true
  } catch (error) {
    if (isDatabaseAway(error)) throw error
    if (toPlatformError(error).code === 'internal') ctx.platform.log.error({ err: error, run: run.id }, 'a run could not be started')
    await endRun(ctx, run.id, { state: 'FAILED', ...whyNot(error, run.command as Command) })
    return false
  }
}

/** The exit codes are those of shells. */
function whyNot(error: unknown, command: Command): { reason: string; exitCode?: number } {
  const { message, details } = toPlatformError(error)
  const program = typeof command === 'string' ? command : command[0]
  if (details.reason === 'COMMAND_NOT_FOUND') return { reason: `The program ${program} was not found.`, exitCode: 127 }
  if (details.reason === 'COMMAND_NOT_EXECUTABLE') return { reason: `The file ${program} may not be executed.`, exitCode: 126 }
  return { reason: message }
}

/** One at a time of a namespace, so that no two take the same place. A run that nobody wants any more ends here. */
function takeTurn(ctx: WorkerContext, { id, namespaceId }: ActiveRun): Promise<boolean> {
  return ctx.db.$transaction(async (tx) => {
    await lockRuns(tx, namespaceId)
    const run = await tx.run.findUniqueOrThrow({ where: { id }, include: { service: true, deployment: true } })
    if (run.state !== 'QUEUED') return false
    const isWanted = run.service.deletedAt === null && (run.kind !== 'RELEASE' || run.deployment?.state === 'RELEASING')
    if (!isWanted) {
      await tx.run.update({
        where: { id },
        data: { state: 'CANCELED', reason: 'Nothing waits for it any more.', endedAt: ctx.clock.now() },
      })
      return false
    }
    if (!(await hasTurn(tx, run))) return false
    await tx.run.update({ where: { id }, data: { state: 'RUNNING' } })
    return true
  })
}

async function hasTurn(tx: Tx, run: Run): Promise<boolean> {
  const { namespaceId, serviceId, kind, cronName } = run
  // Two release commands of a service would work on the same database at once.
  if (kind === 'RELEASE') return (await tx.run.count({ where: { serviceId, kind, state: 'RUNNING' } })) === 0
  if (kind === 'CRON' && (await tx.run.count({ where: { serviceId, cronName, state: 'RUNNING' } })) > 0) return false
  // Release commands do not count: they are part of their deployments.
  const running = await tx.run.count({ where: { namespaceId, state: 'RUNNING', kind: { not: 'RELEASE' } } })
  return running < (await planOf(tx, namespaceId)).runs
}
