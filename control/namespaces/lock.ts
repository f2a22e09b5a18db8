import { PlatformError } from '../../lib/errors.ts'
import type { Tx } from '../../prisma/client.ts'

/**
 * Until the transaction ends nobody else deploys in the namespace or changes its variables: two deploys cannot both create a service, each keeps
 * the settings of the one before, and a release gets all variables that were set before it was made.
 * @throws PlatformError `not_found` when the namespace is being deleted
 */
export async function lockNamespace(tx: Tx, id: string): Promise<void> {
  const locked = await tx.$queryRaw<{ id: string }[]>`SELECT "id" FROM "Namespace" WHERE "id" = ${id} AND "deletedAt" IS NULL FOR UPDATE`
  if (locked.length === 0) throw new PlatformError('not_found', 'The namespace was deleted just now.')
}
