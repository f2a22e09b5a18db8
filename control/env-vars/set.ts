import { z } from 'zod'
import type { Deployment } from '../../gen/prisma/client.ts'
import { lockNamespace } from '../namespaces/lock.ts'
import { change, member } from '../verb.ts'
import { findOwner, OwnerInput } from './owner.ts'
import { envVarTrigger, rollOutVariables } from './roll-out.ts'
import { storeVariables } from './store.ts'
import { EnvVarInput, maxVariables } from './variable.ts'

/** Names that are other than before, and the deployments by which live services get them. */
export type EnvVarChange = { changed: string[]; deployments: Deployment[] }

/** Sets variables of a service, or of all services of the namespace. What is as it was already changes nothing. */
export const setEnvVars = change({
  name: 'envVars.set',
  access: member('DEVELOPER'),
  input: OwnerInput.extend({
    variables: z
      .array(EnvVarInput)
      .min(1, 'Give at least one variable.')
      .max(maxVariables, `At most ${maxVariables} variables are set at once.`)
      .refine((variables) => new Set(variables.map(({ name }) => name)).size === variables.length, 'A variable is given twice.'),
    deploy: z.boolean().default(true),
  }),
  async run({ ctx, input, change }): Promise<EnvVarChange> {
    await lockNamespace(change.tx, ctx.namespace.id)
    const owner = await findOwner(ctx, input.service, change.tx)
    const changed = await storeVariables(ctx, change.tx, owner, input.variables)
    const carried = input.deploy ? await rollOutVariables(ctx, change, owner) : []
    // A build that goes on anyway is nobody's business when it gets nothing new.
    const deployments = carried.filter(({ trigger }) => changed.length > 0 || trigger === envVarTrigger)
    await change.audit({
      action: 'envVars.set',
      target: owner.target,
      after: { variables: changed, deployments: deployments.map(({ id }) => id) },
    })
    return { changed: changed.map(({ name }) => name), deployments }
  },
})
