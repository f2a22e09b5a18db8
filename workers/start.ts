import { startSweeper } from '../control/disk/sweeper.ts'
import { keepFirewall } from '../control/namespaces/firewall.ts'
import { type ReconcilerOptions, startReconciler, unfinishedDeployments } from '../control/reconciler/reconciler.ts'
import { followCron } from '../control/runs/cron.ts'
import { superviseRuns } from '../control/runs/supervise.ts'
import type { WorkerContext } from '../control/worker.ts'
import { newId } from '../lib/ids.ts'
import { catalog, type JobName, jobNames } from './catalog.ts'
import type { Queues } from './queues.ts'
import { relayOutbox } from './relay.ts'

/** Does jobs, carries out runs and reconciles until the context's signal aborts; resolves when all of it has ended. */
export async function startWorkers(
  ctx: WorkerContext,
  queues: Queues,
  options: ReconcilerOptions,
): Promise<{ stopped: Promise<void>; collected(): Promise<void> }> {
  const { log } = ctx.platform
  const reconciler = startReconciler(ctx, options)
  const runs = superviseRuns(ctx, options.reading)
  const cron = followCron(ctx)
  const relay = relayOutbox(ctx, queues)
  const sweeper = startSweeper(ctx)
  const firewall = keepFirewall(ctx)
  for (const name of jobNames) {
    const run = once(name, ctx)
    await queues.work(name, catalog[name].concurrency, run, (error) => log.error({ err: error, job: name }, 'a job failed'))
  }
  await resume(ctx, queues)
  return {
    stopped: Promise.all([reconciler.stopped, runs.stopped, cron, relay, sweeper, firewall]).then(() => undefined),
    collected: async () => void (await Promise.all([reconciler.collected(), runs.collected()])),
  }
}

/** A job that is delivered again while it runs here is not run twice. */
function once(name: JobName, ctx: WorkerContext): (payload: unknown) => Promise<void> {
  const { schema, run, timeoutMs } = catalog[name]
  const running = new Map<string, Promise<void>>()
  return async (payload) => {
    const parsed = schema.parse(payload)
    const key = parsed.deploymentId
    const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(timeoutMs)])
    const work = running.get(key) ?? run({ ...ctx, signal, requestId: newId('job') }, parsed).finally(() => running.delete(key))
    running.set(key, work)
    await work
  }
}

/** What was under way when the platform stopped goes on at once, and not only when the queue notices that its worker is gone. */
async function resume(ctx: WorkerContext, queues: Queues): Promise<void> {
  for (const { id, releaseId } of await unfinishedDeployments(ctx)) {
    const name = releaseId ? 'rollout' : 'build'
    await queues.add(name, `${name}-${id}-${newId('again')}`, { deploymentId: id }, catalog[name].attempts)
  }
}
