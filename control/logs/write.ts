import type { Prisma } from '../../prisma/client.ts'
import { whileDatabaseIsAway } from '../../prisma/errors.ts'
import { type ControlContext, namespaceChannel } from '../context.ts'
import { keptBytes, trimLogs } from './prune.ts'

/** Where lines belong: to an instance, a run, or a deployment (its build); those of a release command to its run and its deployment. */
export type LogTarget = { namespaceId: string; serviceId: string; instanceId?: string; runId?: string; deploymentId?: string }

type Line = { at: Date; text: string; cursor?: string }

const flushAfterMs = 100
const maxChunkBytes = 64 * 1024
/** With its time and what the database needs for it: empty lines fill a disk as well. */
const sizeOf = ({ text }: Line): number => text.length + 32

/**
 * Stores lines some at a time, in order. `add` never waits for the database; `flushed` resolves when all added lines are stored,
 * which is the caller's back-pressure. For an instance or a run the runtime's cursor is stored in the same transaction, so that
 * after a crash its output goes on where the stored lines end: no line twice, none lost. However much is printed, about twice as much is stored as is kept.
 */
export function createLogWriter(ctx: ControlContext, target: LogTarget) {
  let pending: Line[] = []
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let sinceTrimmed = 0

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const [lines, size] = [pending, bytes]
    pending = []
    bytes = 0
    if (lines.length > 0) writing = writing.then(() => store(ctx, target, lines)).then(() => trim(size))
    return writing
  }

  const trim = async (stored: number): Promise<void> => {
    sinceTrimmed += stored
    if (sinceTrimmed < keptBytes) return
    sinceTrimmed = 0
    await trimLogs(ctx, target.serviceId).catch((error: unknown) =>
      ctx.platform.log.error({ error: String(error) }, 'old log lines could not be deleted'),
    )
  }

  return {
    add(line: Line): void {
      pending.push(line)
      bytes += sizeOf(line)
      if (bytes >= maxChunkBytes) void flush()
      else timer ??= setTimeout(() => void flush(), flushAfterMs)
    },
    flushed: flush,
  }
}

async function store(ctx: ControlContext, target: LogTarget, lines: Line[]): Promise<void> {
  const [first, last] = [lines[0], lines.at(-1)]
  if (!first || !last) return
  const rows: Prisma.InputJsonValue = lines.map(({ at, text }) => [at.getTime(), text.replaceAll('\0', '\uFFFD')])
  const chunk = {
    ...target,
    firstAt: first.at,
    lastAt: last.at,
    lines: rows,
    count: lines.length,
    bytes: lines.reduce((sum, line) => sum + sizeOf(line), 0),
  }
  try {
    await whileDatabaseIsAway(() =>
      ctx.db.$transaction([
        // Chunks of a service become visible in the order of their ids: who follows by the last one seen misses none.
        ctx.db.$executeRaw`SELECT pg_advisory_xact_lock(7003, hashtext(${target.serviceId}))`,
        ctx.db.logChunk.create({ data: chunk }),
        ...(target.instanceId && last.cursor
          ? [ctx.db.instance.updateMany({ where: { id: target.instanceId }, data: { logCursor: last.cursor } })]
          : []),
        ...(target.runId && last.cursor ? [ctx.db.run.updateMany({ where: { id: target.runId }, data: { logCursor: last.cursor } })] : []),
      ]),
    )
    const { namespaceId, serviceId, instanceId, runId, deploymentId } = target
    for (const [kind, id] of Object.entries({ log: instanceId, 'run-log': runId, 'build-log': deploymentId }))
      if (id) await ctx.platform.bus.publish(namespaceChannel(namespaceId), { kind, id, service: serviceId })
  } catch (error) {
    ctx.platform.log.error({ error: String(error), lines: lines.length }, 'log lines could not be stored')
  }
}
