import { setTimeout as pause } from 'node:timers/promises'
import type { CronEntry } from '../../gen/prisma/client.ts'
import { PlatformError } from '../../lib/errors.ts'
import type { Prisma } from '../../prisma/client.ts'
import type { ControlContext, Transaction } from '../context.ts'
import { transaction } from '../verb.ts'
import { nextOf } from './cron-entries.ts'
import { lockRuns } from './lock.ts'
import { queueRun } from './queue.ts'
import { activeRunStates, type Command } from './state.ts'
import { stopRuns } from './stop.ts'

/** An entry that was written meanwhile is seen so late at most. */
const everyMs = 5_000

/** Begins runs of cron entries when they are due, until the context's signal aborts. */
export async function followCron(ctx: ControlContext): Promise<void> {
  while (!ctx.signal.aborted) {
    const inMs = await beginDue(ctx).catch((error: unknown) => {
      if (!ctx.signal.aborted) ctx.platform.log.error({ err: error }, 'looking at cron entries')
      return everyMs
    })
    await pause(inMs, undefined, { signal: ctx.signal, ref: false }).catch(() => undefined) // aborted: the loop ends
  }
}

/** Begins what is due now. @returns how long until the next one is, or until it is time to look again */
export async function beginDue(ctx: ControlContext): Promise<number> {
  const now = ctx.clock.now()
  for (const entry of await ctx.db.cronEntry.findMany({ where: { nextAt: { lte: now } }, orderBy: { nextAt: 'asc' } }))
    await begin(ctx, entry)
  const next = await ctx.db.cronEntry.findFirst({ where: { nextAt: { gt: now } }, orderBy: { nextAt: 'asc' }, select: { nextAt: true } })
  return Math.min(Math.max((next?.nextAt?.getTime() ?? Number.POSITIVE_INFINITY) - ctx.clock.now().getTime(), 0), everyMs)
}

/** One run for its time and for all that were missed since, whoever else looks at the same moment. */
async function begin(ctx: ControlContext, entry: CronEntry): Promise<void> {
  const { namespaceId, serviceId, name, nextAt: dueAt } = entry
  const begun = transaction(ctx, 'runs.begin', async (change) => {
    await lockRuns(change.tx, namespaceId)
    const { count } = await change.tx.cronEntry.updateMany({
      where: { serviceId, name, nextAt: dueAt },
      data: { nextAt: nextOf(entry, ctx.clock.now()) },
    })
    const service = await change.tx.service.findFirst({ where: { id: serviceId, namespaceId, deletedAt: null } })
    if (count === 0 || !service?.liveReleaseId) throw notDue()
    const left = await leftOut(ctx, change, entry)
    const run = await queueRun(ctx, change, {
      ...{ namespaceId, serviceId, releaseId: service.liveReleaseId, kind: 'CRON', cronName: name, dueAt, timeoutMs: entry.timeoutMs },
      command: entry.command as Command,
      ...(left ? { state: 'SKIPPED', reason: left, endedAt: ctx.clock.now() } : {}),
    })
    await change.audit({ action: 'runs.begin', target: `${service.name} ${name}`, namespaceId, after: { run: run.id, state: run.state } })
  })
  await begun.catch((error: unknown) => {
    if (!(error instanceof PlatformError) || error.details.reason !== 'NOT_DUE') throw error
  })
}

const notDue = () => new PlatformError('aborted', 'The entry was begun by someone else, or is gone.', { reason: 'NOT_DUE' })

/** Why it is left out this time; undefined when it is begun, as soon as what it has to wait for has ended. */
async function leftOut(
  ctx: ControlContext,
  change: Transaction,
  { serviceId, name: cronName, overlap }: CronEntry,
): Promise<string | undefined> {
  const active: Prisma.RunWhereInput = { serviceId, cronName, state: { in: activeRunStates } }
  if (overlap === 'replace') {
    await stopRuns(ctx, change, active, 'The next run took its place.')
    return undefined
  }
  const states = (await change.tx.run.findMany({ where: active, select: { state: true } })).map(({ state }) => state)
  if (overlap === 'queue') return states.includes('QUEUED') ? 'One was waiting already for the run before to end.' : undefined
  return states.length > 0 ? 'The run before had not ended.' : undefined
}
