import { z } from 'zod'
import type { Tx } from '../../prisma/client.ts'
import { router, verb } from '../verb.ts'

const count = z.bigint().min(0n)
const Traffic = z.object({
  namespace: z.string(),
  service: z.string(),
  release: z.number().int(),
  requests: count,
  errors: count,
  latencyBuckets: z.array(count).max(64),
})

/**
 * Adds what a router counted to what its releases were asked. A report that comes twice counts once. Not a change in the sense of the audit
 * log: nothing that anyone owns is touched.
 */
export const reportTraffic = verb({
  name: 'routes.reportTraffic',
  access: router,
  input: z.object({ routerId: z.string().min(1).max(100), sequence: z.bigint().min(1n), releases: z.array(Traffic).max(100_000) }),
  async run({ ctx, input: { routerId, sequence, releases } }) {
    await ctx.db.$transaction(async (tx) => {
      if (await isNews(tx, routerId, sequence)) for (const traffic of releases) await add(tx, traffic)
    })
  },
})

/** A router that reported nothing else yet has no row, and has told nothing before. */
async function isNews(tx: Tx, id: string, trafficSequence: bigint): Promise<boolean> {
  const known = await tx.router.findUnique({ where: { id }, select: { trafficSequence: true } })
  if (!known) return true
  const { count } = await tx.router.updateMany({ where: { id, trafficSequence: { lt: trafficSequence } }, data: { trafficSequence } })
  return count === 1
}

/** A release that is gone meanwhile is counted for nobody. */
async function add(tx: Tx, { namespace, service, release, requests, errors, latencyBuckets }: z.output<typeof Traffic>): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "ReleaseTraffic" AS counted ("releaseId", "requests", "errors", "latencyBuckets")
    SELECT r."id", ${requests}::bigint, ${errors}::bigint, ${latencyBuckets}::bigint[]
    FROM "Release" r JOIN "Service" s ON s."id" = r."serviceId" JOIN "Namespace" n ON n."id" = s."namespaceId"
    WHERE n."name" = ${namespace} AND s."name" = ${service} AND r."version" = ${release}
    ON CONFLICT ("releaseId") DO UPDATE SET
      "requests" = counted."requests" + EXCLUDED."requests",
      "errors" = counted."errors" + EXCLUDED."errors",
      "latencyBuckets" = ARRAY(
        SELECT COALESCE(a, 0) + COALESCE(b, 0)
        FROM unnest(counted."latencyBuckets", EXCLUDED."latencyBuckets") WITH ORDINALITY AS sums(a, b, i) ORDER BY i)`
}
