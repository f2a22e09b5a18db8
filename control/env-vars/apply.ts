import { lockNamespace } from '../namespaces/lock.ts'
import { change, member } from '../verb.ts'
import { findOwner, OwnerInput } from './owner.ts'
import { rollOutVariables } from './roll-out.ts'
import type { EnvVarChange } from './set.ts'

/** Brings live services up to date with what was set without deploying it. */
export const applyEnvVars = change({
  name: 'envVars.apply',
  access: member('DEVELOPER'),
  input: OwnerInput,
  async run({ ctx, input, change }): Promise<EnvVarChange> {
    await lockNamespace(change.tx, ctx.namespace.id)
    const owner = await findOwner(ctx, input.service, change.tx)
    const deployments = await rollOutVariables(ctx, change, owner)
    await change.audit({ action: 'envVars.apply', target: owner.target, after: { deployments: deployments.map(({ id }) => id) } })
    return { changed: [], deployments }
  },
})
