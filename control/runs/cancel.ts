import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { change, member } from '../verb.ts'
import { findRun, include } from './get.ts'
import { stopRuns } from './stop.ts'

/** SIGTERM, and SIGKILL after ten seconds; one that waits never begins. Of a release command its deployment fails. */
export const cancelRun = change({
  name: 'runs.cancel',
  access: member('DEVELOPER'),
  input: z.object({ namespace: z.string(), id: z.string() }),
  async run({ ctx, input, change }) {
    const { id, service, namespaceId } = await findRun(ctx, input.id)
    const by = ctx.actor.kind === 'user' ? ctx.actor.username : 'micro'
    if ((await stopRuns(ctx, change, { id, namespaceId }, `Canceled by ${by}.`)) === 0)
      throw new PlatformError('failed_precondition', 'This job has ended already, or is being stopped.', { reason: 'RUN_ENDED' })
    await change.audit({ action: 'runs.cancel', target: service.name, after: { run: id } })
    return change.tx.run.findUniqueOrThrow({ where: { id }, include })
  },
})
