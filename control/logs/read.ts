import type { LogChunk } from '../../gen/prisma/client.ts'
import type { NamespaceContext } from '../context.ts'

export type StoredLine = { cursor: string; at: Date; instanceId: string | null; text: string }

/** Without a deployment and a run: output of instances. */
export type LogFilter = { serviceId: string; deploymentId?: string; runId?: string; instanceId?: string; since?: Date }

/** Position of a line: its chunk, and its place in it. */
type Position = { chunk: bigint; index: number }

export function parseCursor(cursor: string): Position | undefined {
  const [, chunk, index] = /^(\d{1,18})\.(\d{1,9})$/.exec(cursor) ?? []
  return chunk && index ? { chunk: BigInt(chunk), index: Number(index) } : undefined
}

/** The last `count` lines, oldest first. */
export async function readTail(ctx: NamespaceContext, filter: LogFilter, count: number): Promise<StoredLine[]> {
  const lines: StoredLine[] = []
  for (let before: bigint | undefined; lines.length < count; ) {
    const chunks = await ctx.db.logChunk.findMany({
      where: { ...where(ctx, filter), ...(before ? { id: { lt: before } } : {}) },
      orderBy: { id: 'desc' },
      take: 50,
    })
    lines.unshift(...chunks.reverse().flatMap(linesOf).filter(wanted(filter)))
    before = chunks[0]?.id
    if (chunks.length < 50) break
  }
  return lines.slice(-count)
}

/** Lines after a position (or from the beginning), oldest first; at most some thousands at a time. */
export async function readAfter(ctx: NamespaceContext, filter: LogFilter, after: Position | undefined): Promise<StoredLine[]> {
  const chunks = await ctx.db.logChunk.findMany({
    where: { ...where(ctx, filter), ...(after ? { id: { gte: after.chunk } } : {}) },
    orderBy: { id: 'asc' },
    take: 50,
  })
  return chunks
    .flatMap((chunk) => linesOf(chunk).filter((_, index) => !after || chunk.id > after.chunk || index > after.index))
    .filter(wanted(filter))
}

const where = (ctx: NamespaceContext, { serviceId, deploymentId, runId, instanceId, since }: LogFilter) => ({
  namespaceId: ctx.namespace.id,
  serviceId,
  ...(runId ? { runId } : deploymentId ? { deploymentId } : { runId: null, deploymentId: null }),
  ...(instanceId ? { instanceId } : {}),
  ...(since ? { lastAt: { gte: since } } : {}),
})

const wanted =
  ({ since }: LogFilter) =>
  ({ at }: StoredLine): boolean =>
    !since || at >= since

const linesOf = ({ id, instanceId, lines }: LogChunk): StoredLine[] =>
  (lines as [number, string][]).map(([ms, text], index) => ({ cursor: `${id}.${index}`, at: new Date(ms), instanceId, text }))
