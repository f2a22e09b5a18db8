import type { Release, Run } from '../../gen/prisma/client.ts'
import type { ControlContext, Transaction } from '../context.ts'
import { settingsOf } from '../instances/start.ts'
import { createLogWriter } from '../logs/write.ts'
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

export const sayEnded = (ctx: ControlContext, run: Run, { state, reason }: Pick<Run, 'state' | 'reason'>): Promise<void> =>
  say(ctx, run, state === 'SUCCEEDED' ? '==> The release command succeeded' : `==> Failed: ${releaseFailed({ ...run, reason }).reason}`)

export const releaseFailed = ({ command, reason }: Pick<Run, 'command' | 'reason'>): { reason: string; hint: string } => ({
  reason: `The release command (${commandLabel(command)}) failed: ${reason}`,
  hint: 'Its output is at the end of that of the build: `micro logs NAME --build`.',
})

/** Into the log of the deployment, where the output of the command is too. */
async function say(ctx: ControlContext, { namespaceId, serviceId, deploymentId }: Run, text: string): Promise<void> {
  if (!deploymentId) return
  const writer = createLogWriter(ctx, { namespaceId, serviceId, deploymentId })
  writer.add({ at: ctx.clock.now(), text })
  await writer.flushed()
}
