import { z } from 'zod'
import { change, member } from '../verb.ts'
import { findOwner, OwnerInput, openRow } from './owner.ts'
import { notSet } from './unset.ts'

/** The value of a variable, of secrets too; who looked is in the audit log. */
export const revealEnvVar = change({
  name: 'envVars.reveal',
  access: member('ADMIN'),
  input: OwnerInput.extend({ name: z.string() }),
  async run({ ctx, input, change }): Promise<string> {
    const owner = await findOwner(ctx, input.service, change.tx)
    const row = await change.tx.envVar.findUnique({ where: { ownerId_name: { ownerId: owner.id, name: input.name } } })
    if (!row) throw await notSet(change.tx, owner, input.name)
    await change.audit({ action: 'envVars.reveal', target: `${owner.target} ${row.name}` })
    return openRow(ctx, row).value
  },
})
