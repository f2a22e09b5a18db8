import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import type { Tx } from '../../prisma/client.ts'
import { lockNamespace } from '../namespaces/lock.ts'
import { change, member } from '../verb.ts'
import { findOwner, type Owner, OwnerInput } from './owner.ts'
import { rollOutVariables } from './roll-out.ts'
import type { EnvVarChange } from './set.ts'
import { maxVariables } from './variable.ts'

/** Deletes variables of a service, or of the namespace. What lies below one (the namespace's, micro.yaml's) holds again. */
export const unsetEnvVars = change({
  name: 'envVars.unset',
  access: member('DEVELOPER'),
  input: OwnerInput.extend({
    names: z.array(z.string()).min(1, 'Name at least one variable.').max(maxVariables),
    deploy: z.boolean().default(true),
  }),
  async run({ ctx, input, change }): Promise<EnvVarChange> {
    const { tx } = change
    await lockNamespace(tx, ctx.namespace.id)
    const owner = await findOwner(ctx, input.service, tx)
    const names = [...new Set(input.names)]
    const rows = await tx.envVar.findMany({
      where: { ownerId: owner.id, name: { in: names } },
      select: { name: true, kind: true, delivery: true },
    })
    const missing = names.find((name) => !rows.some((row) => row.name === name))
    if (missing !== undefined) throw await notSet(tx, owner, missing)
    await tx.envVar.deleteMany({ where: { ownerId: owner.id, name: { in: names } } })
    const deployments = input.deploy ? await rollOutVariables(ctx, change, owner) : []
    await change.audit({
      action: 'envVars.unset',
      target: owner.target,
      before: { variables: rows },
      after: { deployments: deployments.map(({ id }) => id) },
    })
    return { changed: names, deployments }
  },
})

export async function notSet(db: Pick<Tx, 'envVar'>, { namespaceId, service, name: owner }: Owner, name: string): Promise<PlatformError> {
  const shown = JSON.stringify(name.slice(0, 60))
  const wide = service && (await db.envVar.findUnique({ where: { ownerId_name: { ownerId: namespaceId, name } } }))
  return new PlatformError('not_found', `There is no variable ${shown} of ${owner}${wide ? ', only one of the whole namespace' : ''}.`, {
    reason: 'ENV_VAR_NOT_FOUND',
    hint: `Type \`micro env-var list ${service ? service.name : '--namespace-wide'}\` to see them.`,
  })
}
