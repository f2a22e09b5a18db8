import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import type { NamespaceContext } from '../context.ts'
import { member, verb } from '../verb.ts'

const include = { service: true, release: true } as const

export const getDeployment = verb({
  name: 'deployments.get',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), id: z.string() }),
  run: ({ ctx, input }) => findDeployment(ctx, input.id),
})

export async function findDeployment(ctx: NamespaceContext, id: string) {
  const deployment = await ctx.db.deployment.findFirst({ where: { id, namespaceId: ctx.namespace.id }, include })
  if (!deployment)
    throw new PlatformError('not_found', 'There is no such deployment.', { hint: 'Type `micro deployments NAME` to see them.' })
  return deployment
}
