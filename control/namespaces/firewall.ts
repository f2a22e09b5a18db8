import { setTimeout as pause } from 'node:timers/promises'
import { subnetAt } from '../../lib/network-pool.ts'
import { networksChannel } from '../context.ts'
import type { WorkerContext } from '../worker.ts'

const everyMs = 10_000

/** Makes what instances may reach what their namespaces allow. */
export async function applyFirewall(ctx: WorkerContext): Promise<void> {
  const { networkPool } = ctx.platform
  if (networkPool === undefined) return
  const rows = await ctx.db.namespace.findMany({ where: { egress: false, networkIndex: { not: null } }, select: { networkIndex: true } })
  const closed = rows.flatMap(({ networkIndex }) => subnetAt(networkPool, networkIndex ?? -1)?.subnet ?? [])
  await ctx.worker.firewall?.apply({ closed })
}

/** Does so when told that it changed, and every ten seconds: whoever else manages the machine's rules may have thrown ours away. */
export async function keepFirewall(ctx: WorkerContext): Promise<void> {
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
