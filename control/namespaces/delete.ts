import { z } from 'zod'
import { routesChannel } from '../context.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { beginDeletion } from '../services/delete.ts'
import { change, member } from '../verb.ts'

/** Everything in it stops; nobody is a member any more, so nothing of it can be reached; the reconciler clears the rest away. */
export const deleteNamespace = change({
  name: 'namespaces.delete',
  access: member('OWNER'),
  input: z.object({ namespace: z.string() }),
  async run({ ctx, change }) {
    const { tx } = change
    const { id, name } = ctx.namespace
    // No service is created meanwhile.
    await tx.$queryRaw`SELECT 1 FROM "Namespace" WHERE "id" = ${id} FOR UPDATE`
    for (const service of await tx.service.findMany({ where: { namespaceId: id, deletedAt: null } }))
      await beginDeletion(ctx, change, service, name)
    await tx.membership.deleteMany({ where: { namespaceId: id } })
    await tx.credential.deleteMany({ where: { namespaceId: id } })
    const version = await nextRouteVersion(tx)
    await tx.routeTombstone.create({ data: { version, namespace: name } })
    await tx.namespace.update({
      where: { id },
      data: { deletedAt: ctx.clock.now(), routeVersion: version, name: `deleted:${id}`, key: `deleted:${id}` },
    })
    await change.audit({ action: 'namespaces.delete', target: name, before: { name } })
    change.notify(routesChannel, {})
    return true
  },
})
