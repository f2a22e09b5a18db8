import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import type { NamespaceContext } from '../context.ts'
import { member, verb } from '../verb.ts'

export const include = { service: { select: { name: true } }, release: { select: { version: true } } } as const

/** What a command printed, and what it was given, is for those who may run one. */
export const getRun = verb({
  name: 'runs.get',
  access: member('DEVELOPER'),
  input: z.object({ namespace: z.string(), id: z.string() }),
  run: ({ ctx, input }) => findRun(ctx, input.id),
})

export type RunView = Awaited<ReturnType<typeof findRun>>

export async function findRun(ctx: NamespaceContext, id: string) {
  const run = await ctx.db.run.findFirst({ where: { id, namespaceId: ctx.namespace.id, service: { deletedAt: null } }, include })
  if (!run) throw new PlatformError('not_found', 'There is no such job.', { hint: 'Type `micro job list NAME` to see them.' })
  return run
}
