import { z } from 'zod'
import type { Namespace } from '../../gen/prisma/client.ts'
import { systemClock } from '../../lib/clock.ts'
import { PlatformError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { NamespaceName, nameKey } from '../../lib/names.ts'
import type { Tx } from '../../prisma/client.ts'
import { userOf } from '../auth/session.ts'
import { accessTokenLifetimeMs } from '../auth/tokens.ts'
import { routesChannel, type Transaction } from '../context.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { change, user } from '../verb.ts'
import { generateNamespaceName } from './name.ts'

/** A person can be owner of so many; the operator's limits come with plans. */
const maxOwned = 20

export const createNamespace = change({
  name: 'namespaces.create',
  access: user,
  input: z.object({ name: NamespaceName.optional() }),
  async run({ ctx, input, change }) {
    const { userId } = userOf(ctx)
    // One at a time, or several at once would each be the last that is allowed.
    await change.tx.$queryRaw`SELECT 1 FROM "User" WHERE "id" = ${userId} FOR NO KEY UPDATE`
    const owned = await change.tx.membership.count({ where: { userId, role: 'OWNER' } })
    if (owned >= maxOwned)
      throw new PlatformError('failed_precondition', `You own ${owned} namespaces; ${maxOwned} is the most.`, { reason: 'LIMIT_REACHED' })
    const namespace = await insertNamespace(change, userId, input.name)
    await change.audit({ action: 'namespaces.create', target: namespace.name, namespaceId: namespace.id, after: { name: namespace.name } })
    return { ...namespace, role: 'OWNER' as const }
  },
})

/** With its first owner; without a name, one that is free is generated. */
export async function insertNamespace(
  change: Pick<Transaction, 'tx' | 'notify'>,
  ownerId: string,
  wanted?: NamespaceName,
): Promise<Namespace> {
  // First, since it lets one change at a time go on: of two who want the same name one is told that it is taken.
  const routeVersion = await nextRouteVersion(change.tx)
  const name = wanted ?? (await freeName(change.tx))
  if (wanted && (await wasDeletedJustNow(change.tx, wanted)))
    throw new PlatformError('already_exists', `A namespace ${wanted} was deleted a few minutes ago; its name is not free yet.`, {
      reason: 'NAMESPACE_NAME_TAKEN',
      field: 'namespace',
      hint: 'Choose another, or try again in a quarter of an hour.',
    })
  if (wanted && (await change.tx.namespace.findUnique({ where: { key: nameKey(wanted) } })))
    throw new PlatformError('already_exists', `The namespace name ${wanted} is taken.`, {
      reason: 'NAMESPACE_NAME_TAKEN',
      field: 'namespace',
      hint: 'Choose another.',
    })
  const namespace = await change.tx.namespace.create({ data: { id: newId('ns'), name, key: nameKey(name), routeVersion } })
  await change.tx.membership.create({ data: { userId: ownerId, namespaceId: namespace.id, role: 'OWNER' } })
  change.notify(routesChannel, {})
  return namespace
}

async function freeName(tx: Tx): Promise<NamespaceName> {
  for (;;) {
    const name = generateNamespaceName()
    if (!(await tx.namespace.findUnique({ where: { key: nameKey(name) } })) && !(await wasDeletedJustNow(tx, name))) return name
  }
}

/** Access tokens name namespaces: while one may be about that says "member of the old namespace", nobody gets a new one of that name. */
async function wasDeletedJustNow(tx: Tx, namespace: string): Promise<boolean> {
  // By the system's clock, as the database's column is.
  const since = new Date(systemClock.now().getTime() - accessTokenLifetimeMs)
  return (await tx.routeTombstone.count({ where: { namespace, service: null, createdAt: { gt: since } } })) > 0
}
