import { setTimeout as pause } from 'node:timers/promises'
import { runsChannel } from '../context.ts'
import { redactorOf } from '../env-vars/redact.ts'
import { openSnapshot, secretsIn } from '../env-vars/snapshot.ts'
import { collectLogs } from '../logs/collect.ts'
import { createQueue } from '../reconciler/queue.ts'
import type { WorkerContext } from '../worker.ts'
import type { ActiveRun } from './load.ts'
import { reconcileRun } from './reconcile-run.ts'
import { activeRunStates, isRunId } from './state.ts'

const everyMs = 10_000

/** Carries runs out: looks at one when told, when its instance changes and when its time is over, and at all of them every 10 s. */
export function superviseRuns(ctx: WorkerContext, reading: AbortSignal): { stopped: Promise<void>; collected(): Promise<void> } {
  const { log, bus } = ctx.platform
  const timers = new Map<string, NodeJS.Timeout>()
  const outputs = new Map<string, Promise<void>>()
  const runs = createQueue(ctx, look)

  const stopped = Promise.all([follow(), listen(), periodically()]).then(async () => {
    for (const timer of timers.values()) clearTimeout(timer)
    await runs.settled()
  })
  return { stopped, collected: async () => void (await Promise.all(outputs.values())) }

  async function look(id: string): Promise<void> {
    clearTimeout(timers.get(id))
    timers.delete(id)
    const again = await reconcileRun(ctx, id, collect)
    if (!again || ctx.signal.aborted) return
    const timer = setTimeout(() => runs.add(id), again.getTime() - ctx.clock.now().getTime())
    timers.set(id, timer)
  }

  function collect(run: ActiveRun): Promise<void> {
    const { id, namespaceId, serviceId, deploymentId } = run
    const target = { namespaceId, serviceId, runId: id, ...(deploymentId ? { deploymentId } : {}) }
    const work =
      outputs.get(id) ??
      collectLogs(ctx, run, target, reading, redactorOf(secretsIn(openSnapshot(ctx, run.release))))
        .catch((error: unknown) => log.error({ err: error, run: id }, 'output of a run could not be read'))
        .finally(() => outputs.delete(id))
    outputs.set(id, work)
    return work
  }

  async function follow(): Promise<void> {
    for await (const { id } of ctx.worker.runtime.watch({ signal: ctx.signal })) if (isRunId(id)) runs.add(id)
  }

  async function listen(): Promise<void> {
    for await (const message of bus.subscribe(runsChannel, { signal: ctx.signal })) {
      if (typeof message?.id === 'string') runs.add(message.id)
      else await lookAtAll()
    }
  }

  async function periodically(): Promise<void> {
    while (!ctx.signal.aborted) {
      await lookAtAll()
      await pause(everyMs, undefined, { signal: ctx.signal, ref: false }).catch(() => undefined) // aborted: the loop ends
    }
  }

  async function lookAtAll(): Promise<void> {
    try {
      const rows = await ctx.db.run.findMany({ where: { state: { in: activeRunStates } }, select: { id: true }, orderBy: { id: 'asc' } })
      for (const { id } of rows) runs.add(id)
    } catch (error) {
      if (!ctx.signal.aborted) log.error({ err: error }, 'looking at all runs')
    }
  }
}
