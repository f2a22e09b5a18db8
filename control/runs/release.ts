import type { Release, Run } from '../../gen/prisma/client.ts'
import type { ControlContext, Transaction } from '../context.ts'
import { explain } from '../instances/explain.ts'
import { settingsOf, specOf } from '../instances/start.ts'
import { createLogWriter } from '../logs/write.ts'
import type { WorkerContext } from '../worker.ts'
import type { ActiveRun } from './load.ts'
import { queueRun } from './queue.ts'
import { commandLabel, defaultTimeoutMs } from './state.ts'

/** The release command of a release that was built just now; false when it has none. */
export async function queueRelease(ctx: ControlContext, change: Transaction, release: Release): Promise<boolean> {
  const { releaseCommand: command, releaseTimeoutMs: timeoutMs = defaultTimeoutMs } = settingsOf(release)
  if (command === undefined) return false
  const { id: releaseId, namespaceId, serviceId, deploymentId, creator } = release
  await queueRun(ctx, change, { namespaceId, serviceId, releaseId, deploymentId, creator, kind: 'RELEASE', command, timeoutMs })
  return true
}

export const sayBegun = (ctx: ControlContext, run: Run): Promise<void> => say(ctx, run, `==> Release command: ${commandLabel(run.command)}`)

export type Why = { reason: string; hint: string }

export const sayEnded = (ctx: ControlContext, run: Run, why: Why | undefined): Promise<void> =>
  say(ctx, run, why ? `==> Failed: ${why.reason}` : '==> The release command succeeded')

/** Why it did not succeed, from how it ended and what it printed; undefined when it did. */
export async function whyReleaseFailed(
  ctx: WorkerContext,
  run: ActiveRun,
  { state, reason }: Pick<Run, 'state' | 'reason'>,
): Promise<Why | undefined> {
  if (state === 'SUCCEEDED') return undefined
  const { service } = run.release
  const command = `The release command (${commandLabel(run.command)})`
  const logs = `micro logs ${service.name} --build`
  const lines = await outputOf(ctx, run)
  if (state === 'TIMED_OUT') {
    const said = lines.length > 0 ? `Its last output: ${lines.slice(-3).join(' ⏎ ')}` : 'It printed nothing.'
    const hint = `Give it more time by \`releaseTimeout: 2h\` in micro.yaml, or see where it waits: \`${logs}\`.`
    return { reason: `${command} failed: ${reason} ${said}`, hint }
  }
  const { exitedAt, startedAt, exitCode, signal, outOfMemory } = run
  if (!exitedAt || !startedAt) return { reason: `${command} failed: ${reason}`, hint: `Its output: \`${logs}\`.` }
  const why = await explain(ctx, await specOf(ctx, run, run.release, 'never'), run, {
    exit: { at: exitedAt, ...(exitCode === null ? {} : { code: exitCode }), ...(signal ? { signal } : {}), outOfMemory },
    startedAt,
    lastLines: lines,
    logs,
    // It need not listen, and nobody waited for that.
    expected: { host: '127.0.0.1', port: 0 },
    listening: [],
    waitedMs: 0,
  })
  return { reason: `${command} ${why.reason}.`, hint: why.hint }
}

/** The last lines that were stored of it. */
async function outputOf(ctx: ControlContext, { id: runId }: Run): Promise<string[]> {
  const chunks = await ctx.db.logChunk.findMany({ where: { runId }, orderBy: { id: 'desc' }, take: 3 })
  const texts = chunks.reverse().flatMap(({ lines }) => (lines as [number, string][]).map(([, text]) => text))
  return texts.slice(-20)
}

/** Into the log of the deployment, where the output of the command is too. */
async function say(ctx: ControlContext, { namespaceId, serviceId, deploymentId }: Run, text: string): Promise<void> {
  if (!deploymentId) return
  const writer = createLogWriter(ctx, { namespaceId, serviceId, deploymentId })
  writer.add({ at: ctx.clock.now(), text })
  await writer.flushed()
}
