import type { Instance } from '../../gen/prisma/client.ts'
import { namespaceChannel } from '../context.ts'
import { routersDrained } from '../routes/applied.ts'
import type { WorkerContext } from '../worker.ts'
import { settingsOf } from './start.ts'

/** How long a service may take to end after SIGTERM, once no request is in flight. */
const graceMs = 10_000

/**
 * Waits until no router has a request in flight on the instance (or its drain time is over), then stops it and forgets it; one that is to be
 * kept warm is paused.
 */
export async function drainInstance(ctx: WorkerContext, { id, serviceId, namespaceId, releaseId }: Instance): Promise<void> {
  const { routeVersion } = await ctx.db.service.findUniqueOrThrow({ where: { id: serviceId } })
  const release = await ctx.db.release.findUniqueOrThrow({ where: { id: releaseId }, select: { settings: true } })
  const timeoutMs = settingsOf(release).drainTimeoutMs ?? 30_000
  const drained = await routersDrained(ctx, id, { version: routeVersion, timeoutMs, signal: ctx.signal })
  if (ctx.signal.aborted) return
  const announce = () => ctx.platform.bus.publish(namespaceChannel(namespaceId), { kind: 'instance', id, service: serviceId })
  if (!drained) ctx.platform.log.info({ instance: id, timeoutMs }, 'stopped with requests in flight: the drain time was over')
  if (drained && (await keepWarm(ctx, id))) return await announce()
  await ctx.worker.runtime.remove(id, { graceMs })
  await ctx.db.instance.deleteMany({ where: { id } })
  await announce()
}

/** Paused first: a row that says warm is of an instance that takes no processor time. False when it is not to be kept, or has ended. */
async function keepWarm(ctx: WorkerContext, id: string): Promise<boolean> {
  const wanted = { id, state: 'DRAINING' as const, warmUntil: { gt: ctx.clock.now() } }
  if (ctx.worker.seen(id)?.state !== 'running' || !(await ctx.db.instance.findFirst({ where: wanted }))) return false
  await ctx.worker.runtime.pause(id)
  const { count } = await ctx.db.instance.updateMany({ where: wanted, data: { state: 'WARM' } })
  return count === 1
}
