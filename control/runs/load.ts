import type { Run } from '../../gen/prisma/client.ts'
import type { ControlContext } from '../context.ts'
import type { StartableRelease } from '../instances/start.ts'
import { activeRunStates } from './state.ts'

export type ActiveRun = Run & { release: StartableRelease }

/** One that has not ended; undefined also for a row whose parts are not of one service and namespace. */
export async function loadRun(ctx: ControlContext, id: string): Promise<ActiveRun | undefined> {
  const run = await ctx.db.run.findFirst({
    where: { id, state: { in: activeRunStates } },
    include: { release: { omit: { descriptors: true }, include: { service: { include: { namespace: true } } } } },
  })
  if (!run || run.serviceId !== run.release.serviceId) return undefined
  const { release, namespaceId } = run
  return release.namespaceId === namespaceId && release.service.namespaceId === namespaceId ? run : undefined
}
