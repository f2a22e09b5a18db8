import { PlatformError } from '../../lib/errors.ts'
import type { Tx } from '../../prisma/client.ts'
import type { ControlContext } from '../context.ts'
import { envVarPurpose, type Owner, openRow } from './owner.ts'
import { contentOf } from './snapshot.ts'
import { type EnvVarInput, maxVariables, type VariableName } from './variable.ts'

export type Stored = Omit<VariableName, 'origin'>

/**
 * Writes those that differ from what is there; what is not said of them stays as it was. @returns those
 * @throws PlatformError `failed_precondition` when the owner has too many then
 */
export async function storeVariables(ctx: ControlContext, tx: Tx, owner: Owner, given: readonly EnvVarInput[]): Promise<Stored[]> {
  const rows = await tx.envVar.findMany({ where: { ownerId: owner.id, name: { in: given.map(({ name }) => name) } } })
  const before = new Map(rows.map((row) => [row.name, openRow(ctx, row)]))
  const changed: Stored[] = []
  for (const { name, value, ...said } of given) {
    const earlier = before.get(name)
    const delivery = said.delivery ?? earlier?.delivery ?? 'VARIABLE'
    const kind = said.kind ?? (delivery === 'FILE' ? 'SECRET' : (earlier?.kind ?? 'PLAIN'))
    if (kind === 'PLAIN' && delivery === 'FILE') throw plainFile(name)
    if (earlier && contentOf(earlier) === contentOf({ ...earlier, value, kind, delivery })) continue
    const key = { ownerId: owner.id, name }
    const data = {
      kind,
      delivery,
      sealedValue: ctx.platform.sealer.seal(envVarPurpose(key), value),
      updatedAt: ctx.clock.now(),
      updatedBy: ctx.actor.kind === 'user' ? ctx.actor.username : 'micro',
    }
    const place = { namespaceId: owner.namespaceId, serviceId: owner.service?.id ?? null }
    await tx.envVar.upsert({ where: { ownerId_name: key }, create: { ...key, ...place, ...data }, update: data })
    changed.push({ name, kind, delivery })
  }
  const count = await tx.envVar.count({ where: { ownerId: owner.id } })
  if (count > maxVariables)
    throw new PlatformError('failed_precondition', `${owner.name} would have ${count} variables; ${maxVariables} are allowed.`, {
      reason: 'LIMIT_REACHED',
      hint: 'Delete some with `micro env-var unset`.',
    })
  return changed
}

const plainFile = (name: string) =>
  new PlatformError('invalid_argument', `${name} is delivered as a file, so it is a secret.`, { field: 'kind', hint: 'Delete it first.' })
