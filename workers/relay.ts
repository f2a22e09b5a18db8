import { type ControlContext, outboxChannel } from '../control/context.ts'
import { catalog, isJobName } from './catalog.ts'
import type { Queues } from './queues.ts'

/** Puts jobs from the outbox into the queue: at least once, and once only by their keys. */
export async function relayOutbox(ctx: ControlContext, queues: Queues): Promise<void> {
  for await (const _ of ctx.platform.bus.subscribe(outboxChannel, { signal: ctx.signal })) {
    try {
      while ((await relaySome(ctx, queues)) > 0);
    } catch (error) {
      if (!ctx.signal.aborted) ctx.platform.log.error({ err: error }, 'relaying the outbox')
    }
  }
}

async function relaySome(ctx: ControlContext, queues: Queues): Promise<number> {
  return ctx.db.$transaction(async (tx) => {
    const rows = await tx.$queryRaw<{ id: bigint; job: string; key: string; payload: unknown }[]>`
      SELECT "id", "job", "key", "payload" FROM "Outbox" ORDER BY "id" LIMIT 50 FOR UPDATE SKIP LOCKED`
    for (const { job, key, payload } of rows) {
      if (isJobName(job)) await queues.add(job, key, payload, catalog[job].attempts)
      else ctx.platform.log.error({ job }, 'the outbox has a job that nobody does')
    }
    if (rows.length > 0) await tx.outbox.deleteMany({ where: { id: { in: rows.map(({ id }) => id) } } })
    return rows.length
  })
}
