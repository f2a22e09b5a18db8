import { setTimeout as pause } from 'node:timers/promises'
import { subnetAt } from '../../lib/network-pool.ts'
import { type ControlContext, networksChannel } from '../context.ts'
import type { WorkerContext } from '../worker.ts'

const everyMs = 10_000

/** Subnets of namespaces that reach nothing outside of themselves. */
export async function closedSubnets({ db, platform: { networkPool } }: ControlContext): Promise<string[]> {
  if (networkPool === undefined) return []
  const rows = await db.namespace.findMany({ where: { egress: false, networkIndex: { not: null } }, select: { networkIndex: true } })
  return rows.flatMap(({ networkIndex }) => subnetAt(networkPool, networkIndex ?? -1)?.subnet ?? [])
}

/** Makes what instances may reach what their namespaces allow. */
export const applyFirewall = async (ctx: WorkerContext): Promise<void> => ctx.worker.firewall?.apply({ closed: await closedSubnets(ctx) })

/** Does so when told that it changed, and every ten seconds: whoever else manages the machine's rules may have thrown ours away. */
export async function keepFirewall(ctx: WorkerContext): Promise<void> {
  if (!ctx.worker.firewall) return
  await Promise.all([follow(), periodically()])

  async function follow(): Promise<void> {
    for await (const _ of ctx.platform.bus.subscribe(networksChannel, { signal: ctx.signal })) await tryToApply()
  }

  async function periodically(): Promise<void> {
    while (!ctx.signal.aborted) {
      await pause(everyMs, undefined, { signal: ctx.signal, ref: false }).catch(() => undefined) // aborted: the loop ends
      if (!ctx.signal.aborted) await tryToApply()
    }
  }

  async function tryToApply(): Promise<void> {
    await applyFirewall(ctx).catch((err: unknown) => {
      if (!ctx.signal.aborted) ctx.platform.log.error({ err }, 'the firewall of instances could not be set')
    })
  }
}
