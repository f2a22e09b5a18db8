import type { DiskSweep } from '../../gen/prisma/client.ts'

export type SweepView = ReturnType<typeof sweepView>

/** A sweep as clients see it. */
export function sweepView({ id, state, dryRun, parts, freeBytes, totalBytes, error, createdAt, endedAt }: DiskSweep) {
  return {
    ...{ id, state, dryRun, error, createdAt, endedAt },
    places: parts as { name: string; bytes: number; freedBytes: number }[],
    freeBytes: freeBytes === null ? null : Number(freeBytes),
    totalBytes: totalBytes === null ? null : Number(totalBytes),
  }
}
