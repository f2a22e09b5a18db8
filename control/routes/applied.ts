import { type ControlContext, routersChannel } from '../context.ts'

/** A router that has not been heard of for so long is not waited for. */
const routerLostMs = 15_000

type Wait = { version: bigint; timeoutMs: number; signal: AbortSignal }

/** Resolves true once every router follows at least this version of the table; false when that took too long. */
export function routersApplied(ctx: ControlContext, wait: Wait): Promise<boolean> {
  return waitForRouters(ctx, wait, (router) => router.version >= wait.version)
}

/** Resolves true once no router has a request in flight on the instance. */
export function routersDrained(ctx: ControlContext, instanceId: string, wait: Wait): Promise<boolean> {
  return waitForRouters(ctx, wait, ({ version, inFlight }) => version >= wait.version && !(inFlight as Record<string, number>)[instanceId])
}

type RouterRow = { version: bigint; inFlight: unknown }

async function waitForRouters(ctx: ControlContext, { timeoutMs, signal }: Wait, good: (router: RouterRow) => boolean): Promise<boolean> {
  const done = new AbortController()
  const until = AbortSignal.any([signal, done.signal, AbortSignal.timeout(timeoutMs)])
  const fine = async () => {
    const seenAt = { gt: new Date(ctx.clock.now().getTime() - routerLostMs) }
    return (await ctx.db.router.findMany({ where: { seenAt } })).every(good)
  }
  try {
    if (await fine()) return true
    for await (const _ of ctx.platform.bus.subscribe(routersChannel, { signal: until })) if (await fine()) return true
    return false
  } finally {
    done.abort()
  }
}
