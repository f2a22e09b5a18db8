import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { desiredChannel, namespaceChannel } from '../context.ts'
import { change, member } from '../verb.ts'
import { findService } from './find.ts'
import { viewInclude, viewOf } from './view.ts'

/** The reconciler starts or drains instances until there are so many. */
export const scale = change({
  name: 'services.scale',
  access: member('DEVELOPER'),
  input: z.object({
    namespace: z.string(),
    service: z.string(),
    instances: z.number().int().min(0).max(10, 'A service has at most 10 instances.'),
  }),
  async run({ ctx, input, change }) {
    const service = await findService(ctx, input.service, change.tx)
    if (!service.liveReleaseId && input.instances > 0)
      throw new PlatformError('failed_precondition', `Nothing of ${service.name} is live: there is nothing to scale.`, {
        hint: `Type \`micro deployments ${service.name}\` to see why.`,
      })
    const scaled = await change.tx.service.update({
      where: { id: service.id },
      data: { instancesWanted: input.instances },
      include: viewInclude,
    })
    await change.audit({
      action: 'services.scale',
      target: service.name,
      before: { instances: service.instancesWanted },
      after: { instances: input.instances },
    })
    change.notify(desiredChannel, { serviceId: service.id })
    change.notify(namespaceChannel(ctx.namespace.id), { kind: 'service', id: service.id, service: service.id })
    return viewOf(scaled)
  },
})
