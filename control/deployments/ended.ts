import { PlatformError } from '../../lib/errors.ts'
import { whileDatabaseIsAway } from '../../prisma/errors.ts'
import { type ControlContext, deploymentsChannel } from '../context.ts'
import { activeStates } from './queue.ts'

export const endedElsewhere = () =>
  new PlatformError('aborted', 'The deployment was ended by someone else.', { reason: 'DEPLOYMENT_ENDED' })

/**
 * `ended` aborts when the deployment was superseded or canceled; `signal` also when the worker stops or the job's time is over.
 * Call `stop` when it is no longer needed.
 */
export function untilEnded(ctx: ControlContext, deploymentId: string): { ended: AbortSignal; signal: AbortSignal; stop(): void } {
  const done = new AbortController()
  const ended = new AbortController()
  const watch = async () => {
    for await (const message of ctx.platform.bus.subscribe(deploymentsChannel, { signal: done.signal })) {
      if (message?.id && message.id !== deploymentId) continue
      const row = await whileDatabaseIsAway(() => ctx.db.deployment.findUnique({ where: { id: deploymentId }, select: { state: true } }))
      if (!row || !activeStates.includes(row.state)) ended.abort(endedElsewhere())
    }
  }
  watch().catch((error: unknown) => ctx.platform.log.error({ err: error }, 'watching for the end of a deployment'))
  return { ended: ended.signal, signal: AbortSignal.any([ended.signal, ctx.signal]), stop: () => done.abort() }
}

/** True when the work was cut short because the platform stops: it is done again when it is back. */
export const isStopping = ({ signal }: ControlContext): boolean =>
  signal.aborted && !(signal.reason instanceof Error && signal.reason.name === 'TimeoutError')
