import type { ControlContext } from '../context.ts'

/** Of each cron entry of a service, and of its other runs by their kind; those that were left out are counted by themselves. */
const kept = 100

/** Forgets the oldest runs, and then the output of runs that are forgotten; that of a release command stays in the log of its deployment. */
export async function pruneRuns({ db }: ControlContext): Promise<void> {
  await db.$executeRaw`
    DELETE FROM "Run" USING (
      SELECT "id", row_number() OVER (PARTITION BY "serviceId", "kind", "cronName", "state" = 'SKIPPED' ORDER BY "id" DESC) AS place
      FROM "Run" WHERE "state" NOT IN ('QUEUED', 'RUNNING')
    ) AS placed
    WHERE "Run"."id" = placed."id" AND placed.place > ${kept}`
  await db.$executeRaw`
    DELETE FROM "LogChunk" WHERE "runId" IS NOT NULL AND "deploymentId" IS NULL
      AND NOT EXISTS (SELECT 1 FROM "Run" WHERE "Run"."id" = "runId")`
}
