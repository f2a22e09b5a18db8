import { z } from 'zod'
import { networksChannel, routesChannel } from '../context.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { change, member } from '../verb.ts'

/** Whether what runs in the namespace reaches anything outside of it. Holds at once, for connections that exist too. */
export const setEgress = change({
  name: 'namespaces.setEgress',
  access: member('ADMIN'),
  input: z.object({ namespace: z.string(), allowed: z.boolean() }),
  async run({ ctx, input: { allowed: egress }, change: { tx, audit, notify } }) {
    const { id, role } = ctx.namespace
    await tx.$queryRaw`SELECT 1 FROM "Namespace" WHERE "id" = ${id} FOR UPDATE`
    const before = await tx.namespace.findUniqueOrThrow({ where: { id } })
    const routeVersion = await nextRouteVersion(tx)
    const namespace = await tx.namespace.update({ where: { id }, data: { egress, routeVersion } })
    await audit({ action: 'namespaces.setEgress', target: before.name, before: { egress: before.egress }, after: { egress } })
    notify(routesChannel, {})
    notify(networksChannel, {})
    return { ...namespace, role }
  },
})
