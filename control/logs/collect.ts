import type { WorkerContext } from '../worker.ts'
import { createLogWriter, type LogTarget } from './write.ts'

/** Lines read before their storing is waited for: bounds memory when a service prints faster than the database takes it. */
const maxUnstored = 2_000

/** Stores an instance's output from where it was stored before, until the instance is removed or the signal aborts. */
export async function collectLogs(
  ctx: WorkerContext,
  row: { id: string; logCursor: string | null },
  target: LogTarget,
  signal: AbortSignal,
  edit = (text: string) => text,
): Promise<void> {
  const writer = createLogWriter(ctx, target)
  let unstored = 0
  for await (const line of ctx.worker.runtime.logs(row.id, { signal, ...(row.logCursor ? { after: row.logCursor } : {}) })) {
    writer.add({ ...line, text: edit(line.text) })
    if (++unstored < maxUnstored) continue
    unstored = 0
    await writer.flushed()
  }
  await writer.flushed()
}
