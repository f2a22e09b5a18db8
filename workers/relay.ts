import { type ControlContext, outboxChannel } from '../control/context.ts'
import { catalog, isJobName } from './catalog.ts'
import type { Queues } from './queues.ts'

/** In case a notification was lost, or the queue did not answer. */
const everyMs = 5_000

/** Puts jobs from the outbox into the queue: at least once, and once only by their keys. */
export async function relayOutbox(ctx: ControlContext, queues: Queues): Promise<void> {
  let relaying = Promise.resolve()
  const relay = () => {
    relaying = relaying.then(() => relayAll(ctx, queues))
  }
  const timer = setInterval(relay, everyMs)
  try {
    for await (const _ of ctx.platform.bus.subscribe(outboxChannel, { signal: ctx.signal })) relay()
  } finally {
    clearInterval(timer)
    await relaying
  }
}

async function relayAll(ctx: ControlContext, queues: Queues): Promise<void> {
  try {
    while (!ctx.signal.aborted && (await relaySome(ctx, queues)) > 0);
  } catch (error) {
    if (!ctx.signal.aborted) ctx.platform.log.error({ err: error }, 'relaying the outbox')
  }
}

async function relaySome(ctx: ControlContext, queues: Queues): Promise<number> {
  return ctx.db.$transaction(async (tx) => {
    const rows = await tx.$queryRaw<{ id: bigint; job: string; key: string; payload: unknown }[]>`
      SELECT "id", "job", "key", "payload" FROM "Outbox" ORDER BY "id" LIMIT 50 FOR UPDATE SKIP LOCKED`
    for (const { job, key, payload } of rows) {
      if (isJobName(job)) await unlessStopped(ctx.signal, queues.add(job, key, payload, catalog[job].attempts))
      else ctx.platform.log.error({ job }, 'the outbox has a job that nobody does')
    }
    if (rows.length > 0) await tx.outbox.deleteMany({ where: { id: { in: rows.map(({ id }) => id) } } })
    return rows.length
  })
}

/** A queue that is being closed never answers; what it was to take stays in the outbox. */
function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
