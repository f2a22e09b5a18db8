import type { Service } from '../../gen/prisma/client.ts'
import { PlatformError } from '../../lib/errors.ts'
import { nameKey } from '../../lib/names.ts'
import type { Tx } from '../../prisma/client.ts'
import type { NamespaceContext } from '../context.ts'

/** A service of the entered namespace by its name, without case, `-` and `_`. @throws PlatformError `not_found`, naming those that exist */
export async function findService(ctx: NamespaceContext, name: string, db: Pick<Tx, 'service'> = ctx.db): Promise<Service> {
  const key = nameKey(name.toLowerCase().replaceAll('_', ''))
  const service = await db.service.findFirst({ where: { namespaceId: ctx.namespace.id, key, deletedAt: null } })
  if (service) return service
  const others = await db.service.findMany({
    where: { namespaceId: ctx.namespace.id, deletedAt: null },
    select: { name: true },
    take: 10,
    orderBy: { name: 'asc' },
  })
  throw new PlatformError('not_found', `There is no service ${JSON.stringify(name.slice(0, 60))} in ${ctx.namespace.name}.`, {
    reason: 'SERVICE_NOT_FOUND',
    hint: whatThereIs(others.map((other) => other.name)),
  })
}

function whatThereIs(names: readonly string[]): string {
  if (names.length === 0) return 'Deploy one with `micro run ./DIRECTORY`.'
  return `There ${names.length === 1 ? 'is' : 'are'}: ${names.join(', ')}.`
}
