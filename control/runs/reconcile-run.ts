import type { Exit } from '../../runtime/runtime.ts'
import type { WorkerContext } from '../worker.ts'
import { endRun } from './end.ts'
import { type ActiveRun, loadRun } from './load.ts'
import { startRun } from './start.ts'

/** How long a command may take to end after SIGTERM. */
const graceMs = 10_000

/**
 * Brings one run from what is to what is wanted: starts it, lets it run until its time is over or somebody stops it, and writes down how it
 * ended. Knows nothing but the row and the runtime, so that whoever comes after a crash goes on with it.
 *
 * @param collect begins to store the output, once; resolves when all of it is stored after the instance was removed
 * @returns when to look again at the latest
 */
export async function reconcileRun(ctx: WorkerContext, id: string, collect: (run: ActiveRun) => Promise<void>): Promise<Date | undefined> {
  const found = await loadRun(ctx, id)
  if (!found || (!found.startedAt && !found.endAs && !(await startRun(ctx, found)))) return undefined
  const run = found.startedAt ? found : await loadRun(ctx, id)
  if (!run) return undefined

  const actual = (await ctx.worker.runtime.list()).find((instance) => instance.id === id)
  const collected = actual && collect(run)
  if (actual?.state === 'running') {
    const endsAt = new Date((run.startedAt ?? actual.startedAt).getTime() + run.timeoutMs)
    if (!run.endAs && ctx.clock.now() < endsAt) return endsAt
    if (!run.endAs) await timeOut(ctx, run)
  }
  if (actual?.state === 'exited') await writeExit(ctx, run, actual.exit)
  // The platform stops its instances when it stops; the next one finds the run and says so.
  if (!actual && ctx.signal.aborted) return undefined
  await ctx.worker.runtime.remove(id, { graceMs })
  await collected
  await endRun(ctx, id)
  return undefined
}

async function timeOut(ctx: WorkerContext, { id, timeoutMs }: ActiveRun): Promise<void> {
  const reason = `It took longer than its time-out, ${durationLabel(timeoutMs)}, and was stopped.`
  await ctx.db.run.updateMany({ where: { id, endAs: null }, data: { endAs: 'TIMED_OUT', reason } })
}

/** Before the instance is removed: afterwards nobody knows it any more. */
async function writeExit(ctx: WorkerContext, { id }: ActiveRun, { at, code, signal, outOfMemory }: Exit): Promise<void> {
  const data = { exitedAt: at, exitCode: code ?? null, signal: signal ?? null, outOfMemory: outOfMemory ?? false }
  await ctx.db.run.updateMany({ where: { id, exitedAt: null }, data })
}

/** 90 s, 30 min, 2 h */
function durationLabel(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`
}
