import type { ControlContext } from '../context.ts'

/** Of each service's instance output, of all its runs' output, and of each build's. */
export const keptBytes = 8 * 2 ** 20
const keptDays = 14

/** Deletes the oldest output of services that have more than they may keep, what is older than two weeks, and what is of no service any more. */
export async function pruneLogs(ctx: ControlContext): Promise<void> {
  const oldest = new Date(ctx.clock.now().getTime() - keptDays * 24 * 3_600_000)
  await ctx.db.logChunk.deleteMany({ where: { lastAt: { lt: oldest } } })
  await ctx.db.$executeRaw`DELETE FROM "LogChunk" WHERE NOT EXISTS (SELECT 1 FROM "Service" WHERE "Service"."id" = "serviceId")`
  await trimLogs(ctx)
}

/** Deletes the oldest of what is more than may be kept, of one service or of all. */
export async function trimLogs(ctx: ControlContext, serviceId: string | null = null): Promise<void> {
  await ctx.db.$executeRaw`
    DELETE FROM "LogChunk" USING (
      SELECT "id", sum("bytes") OVER (PARTITION BY "serviceId", "deploymentId", "runId" IS NULL ORDER BY "id" DESC) AS newer FROM "LogChunk"
      WHERE ${serviceId}::text IS NULL OR "serviceId" = ${serviceId}
    ) AS sized
    WHERE "LogChunk"."id" = sized."id" AND sized.newer > ${keptBytes}`
}
