import type { DiskSweep } from '../../gen/prisma/client.ts'
import type { WorkerContext } from '../worker.ts'
import { deleteSources, keptOf, keptUploads, sweepReleases } from './kept.ts'
import type { Place } from './places.ts'

/** What was just written may be of something that is only about to be written down. */
const youngMs = 60 * 60_000
/** Uploads wait for the deployment that they are for, over an interrupted `micro run` too. */
const youngUploadMs = 24 * 60 * 60_000

/** Measures, and removes what neither a kept release nor a deployment under way needs. Can be done again after a crash half-way. */
export async function sweepDisk(ctx: WorkerContext, sweep: DiskSweep): Promise<void> {
  const { dryRun, caches } = sweep
  const given = { before: new Date(ctx.clock.now().getTime() - youngMs), dryRun, caches, signal: ctx.signal }
  const old = await sweepReleases(ctx, { keep: sweep.keepReleases, dryRun })
  const kept = await keptOf(ctx, dryRun ? old : [])
  const parts = [{ name: 'uploads', ...(await sweepUploads(ctx, dryRun, dryRun ? old : [])) }]
  for (const place of ctx.worker.disk.places) {
    ctx.signal.throwIfAborted()
    parts.push({ name: place.name, ...(await place.sweep(kept, given)) } satisfies { name: string } & Awaited<ReturnType<Place['sweep']>>)
  }
  const { free, total } = await ctx.worker.disk.space()
  await ctx.db.diskSweep.update({
    where: { id: sweep.id },
    data: { state: 'DONE', parts, freeBytes: BigInt(free), totalBytes: BigInt(total), endedAt: ctx.clock.now() },
  })
}

/** Under the lock that deployments are written under: no deployment counts on a file that is removed just then. */
async function sweepUploads(
  ctx: WorkerContext,
  dryRun: boolean,
  without: readonly string[],
): Promise<{ bytes: number; freedBytes: number }> {
  const { blobs } = ctx.platform
  const before = new Date(ctx.clock.now().getTime() - youngUploadMs)
  const sum = { bytes: 0, freedBytes: 0 }
  for (const namespaceId of await blobs.namespaces()) {
    const swept = await ctx.db.$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM "Namespace" WHERE "id" = ${namespaceId} FOR UPDATE`
        const hashes = await keptUploads(tx, namespaceId, without)
        if (!dryRun) await deleteSources(tx, namespaceId)
        return blobs.sweep(namespaceId, (hash) => hashes.has(hash), { before, dryRun })
      },
      { timeout: 60_000, maxWait: 10_000 },
    )
    sum.bytes += swept.bytes
    sum.freedBytes += swept.freedBytes
  }
  return sum
}
