import { setTimeout as pause } from 'node:timers/promises'
import { toPlatformError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { whileDatabaseIsAway } from '../../prisma/errors.ts'
import { sweepsChannel } from '../context.ts'
import { transaction } from '../verb.ts'
import type { WorkerContext } from '../worker.ts'
import { defaultKeepReleases } from './request.ts'
import { sweepDisk } from './sweep.ts'

const everyMs = 6 * 60 * 60_000
const lookMs = 10 * 60_000
/** With so little left on the file system, or over the budget, the platform keeps only what it must. */
const scarceShare = 0.1
const scarceKeep = 1
const keptSweeps = 100

/** Does the sweeps that are asked for, and asks for them by itself: now and then, and when the disk is nearly full. */
export async function startSweeper(ctx: WorkerContext): Promise<void> {
  // One worker has the machine: what is said to run was left by one that was killed.
  await whileDatabaseIsAway(() => ctx.db.diskSweep.updateMany({ where: { state: 'RUNNING' }, data: { state: 'QUEUED' } }))
  await Promise.all([listen(), periodically()])

  async function listen(): Promise<void> {
    for await (const _ of ctx.platform.bus.subscribe(sweepsChannel, { signal: ctx.signal })) await whileDatabaseIsAway(doAll)
  }

  async function doAll(): Promise<void> {
    for (;;) {
      const next = await ctx.db.diskSweep.findFirst({ where: { state: 'QUEUED' }, orderBy: { createdAt: 'asc' } })
      if (!next || ctx.signal.aborted) return
      const { count } = await ctx.db.diskSweep.updateMany({ where: { id: next.id, state: 'QUEUED' }, data: { state: 'RUNNING' } })
      if (count === 1) await attempt(next.id)
    }
  }

  async function attempt(id: string): Promise<void> {
    try {
      await sweepDisk(ctx, await ctx.db.diskSweep.findUniqueOrThrow({ where: { id } }))
    } catch (error) {
      if (ctx.signal.aborted) return
      ctx.platform.log.error({ err: error, sweep: id }, 'a sweep of the disk failed')
      await ctx.db.diskSweep.update({
        where: { id },
        data: { state: 'FAILED', error: toPlatformError(error).message, endedAt: ctx.clock.now() },
      })
    }
  }

  async function periodically(): Promise<void> {
    while (!ctx.signal.aborted) {
      await whileDatabaseIsAway(ask).catch((error: unknown) => ctx.platform.log.error({ err: error }, 'looking at the disk'))
      await pause(lookMs, undefined, { signal: ctx.signal, ref: false }).catch(() => undefined) // aborted: the loop ends
    }
  }

  async function ask(): Promise<void> {
    const now = ctx.clock.now().getTime()
    const last = await ctx.db.diskSweep.findFirst({ where: { state: 'DONE', dryRun: false }, orderBy: { createdAt: 'desc' } })
    const scarce = await isScarce(last?.parts)
    if (!scarce && last && now - last.createdAt.getTime() < everyMs) return
    await transaction(ctx, 'disk.sweep', async ({ tx, audit, notify }) => {
      const id = newId('swp')
      const wanted = { dryRun: false, caches: scarce, keepReleases: scarce ? scarceKeep : defaultKeepReleases }
      await tx.diskSweep.create({ data: { id, requestedBy: 'micro', ...wanted, createdAt: ctx.clock.now() } })
      const older = await tx.diskSweep.findMany({ orderBy: { createdAt: 'desc' }, skip: keptSweeps, select: { id: true } })
      await tx.diskSweep.deleteMany({ where: { id: { in: older.map((sweep) => sweep.id) } } })
      await audit({ action: 'disk.sweep', target: id, after: wanted })
      notify(sweepsChannel, { id })
    })
  }

  async function isScarce(parts: unknown): Promise<boolean> {
    const { free, total } = await ctx.worker.disk.space()
    const { budgetBytes } = ctx.worker.disk
    return free < total * scarceShare || (budgetBytes !== undefined && leftBy(parts) > budgetBytes)
  }
}

/** What the last sweep left. */
function leftBy(parts: unknown): number {
  const rows = (Array.isArray(parts) ? parts : []) as { bytes: number; freedBytes: number }[]
  return rows.reduce((sum, { bytes, freedBytes }) => sum + bytes - freedBytes, 0)
}
