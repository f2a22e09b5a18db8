import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { change, member } from '../verb.ts'
import { GitHost } from './set.ts'

export const deleteCredential = change({
  name: 'credentials.delete',
  access: member('ADMIN'),
  input: z.object({ namespace: z.string(), host: GitHost }),
  async run({ ctx, input, change }) {
    const { count } = await change.tx.credential.deleteMany({ where: { namespaceId: ctx.namespace.id, host: input.host } })
    if (count === 0)
      throw new PlatformError('not_found', `There is no credential for ${input.host}.`, { hint: 'Type `micro credential list`.' })
    await change.audit({ action: 'credentials.delete', target: input.host })
    return true
  },
})
