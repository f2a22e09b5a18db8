import type { Instance } from '../../gen/prisma/client.ts'
import { namespaceChannel } from '../context.ts'
import { routersDrained } from '../routes/applied.ts'
import type { WorkerContext } from '../worker.ts'
import { settingsOf } from './start.ts'

/** How long a service may take to end after SIGTERM, once no request is in flight. */
const graceMs = 10_000

/** Waits until no router has a request in flight on the instance (or its drain time is over), stops it and forgets it. */
export async function drainInstance(ctx: WorkerContext, { id, serviceId, namespaceId, releaseId }: Instance): Promise<void> {
  const { routeVersion } = await ctx.db.service.findUniqueOrThrow({ where: { id: serviceId } })
  const release = await ctx.db.release.findUniqueOrThrow({ where: { id: releaseId }, select: { settings: true } })
  const timeoutMs = settingsOf(release).drainTimeoutMs ?? 30_000
  const drained = await routersDrained(ctx, id, { version: routeVersion, timeoutMs, signal: ctx.signal })
  if (ctx.signal.aborted) return
  if (!drained) ctx.platform.log.info({ instance: id, timeoutMs }, 'stopped with requests in flight: the drain time was over')
  await ctx.worker.runtime.remove(id, { graceMs })
  await ctx.db.instance.deleteMany({ where: { id } })
  await ctx.platform.bus.publish(namespaceChannel(namespaceId), { kind: 'instance', id, service: serviceId })
}
