import { z } from 'zod'
import type { Service } from '../../gen/prisma/client.ts'
import { type ControlContext, deploymentsChannel, desiredChannel, namespaceChannel, routesChannel, type Transaction } from '../context.ts'
import { activeStates } from '../deployments/queue.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { stopRuns } from '../runs/stop.ts'
import { change, member } from '../verb.ts'
import { findService } from './find.ts'

export const deleteService = change({
  name: 'services.delete',
  access: member('DEVELOPER'),
  input: z.object({ namespace: z.string(), service: z.string() }),
  async run({ ctx, input, change }) {
    const service = await findService(ctx, input.service, change.tx)
    await beginDeletion(ctx, change, service, ctx.namespace.name)
    await change.audit({
      action: 'services.delete',
      target: service.name,
      before: { source: service.source, instances: service.instancesWanted },
    })
    return true
  },
})

/** Takes it off the routes at once; the reconciler stops its instances and then deletes the rows. */
export async function beginDeletion(ctx: ControlContext, change: Transaction, service: Service, namespace: string): Promise<void> {
  const { tx, notify } = change
  const version = await nextRouteVersion(tx)
  // The name becomes free at once: the row that is going away keeps a key that no name can have.
  await tx.service.update({
    where: { id: service.id },
    data: { deletedAt: ctx.clock.now(), key: `deleted:${service.id}`, instancesWanted: 0, routeVersion: version },
  })
  await tx.routeTombstone.create({ data: { version, namespace, service: service.name } })
  await tx.deployment.updateMany({
    where: { serviceId: service.id, state: { in: activeStates } },
    data: { state: 'CANCELED', reason: 'The service was deleted.', endedAt: ctx.clock.now() },
  })
  await tx.cronEntry.deleteMany({ where: { serviceId: service.id } })
  await stopRuns(ctx, change, { serviceId: service.id }, 'The service was deleted.')
  notify(deploymentsChannel, {})
  notify(routesChannel, {})
  notify(desiredChannel, { serviceId: service.id })
  notify(namespaceChannel(service.namespaceId), { kind: 'service', id: service.id, service: service.id })
}
