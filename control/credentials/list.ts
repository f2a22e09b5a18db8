import { z } from 'zod'
import { member, verb } from '../verb.ts'

export const listCredentials = verb({
  name: 'credentials.list',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string() }),
  run: ({ ctx }) =>
    ctx.db.credential.findMany({ where: { namespaceId: ctx.namespace.id }, omit: { sealedSecret: true }, orderBy: { host: 'asc' } }),
})
