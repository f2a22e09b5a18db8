import { join } from 'node:path'
import { sweepArtifacts, sweepCaches } from '../builder/sweep.ts'
import type { Disk, Place } from '../control/disk/places.ts'
import { diskUsage, freeBytes } from '../lib/disk-usage.ts'
import type { Db } from '../prisma/client.ts'

/** What lies in the data directory, and the database. Drivers that keep things elsewhere, such as images, add their own. */
export function diskOf(dataDirectory: string, db: Db, others: readonly Place[], budgetBytes: number | undefined): Disk {
  const at = (name: string) => join(dataDirectory, name)
  return {
    places: [
      { name: 'artifacts', sweep: ({ artifacts }, options) => sweepArtifacts(at('artifacts'), (path) => artifacts.has(path), options) },
      {
        name: 'build caches',
        sweep: ({ namespaces }, { caches, dryRun }) => sweepCaches(at('cache'), (id) => namespaces.has(id), { all: caches, dryRun }),
      },
      ...others,
      measured('logs', async () => (await diskUsage(at('logs'))) + (await diskUsage(at('instances')))),
      measured('database', () => databaseBytes(db)),
    ],
    space: () => freeBytes(dataDirectory),
    ...(budgetBytes === undefined ? {} : { budgetBytes }),
  }
}

/** Bounded by other means; nothing of it is removed here. */
const measured = (name: string, bytes: () => Promise<number>): Place => ({
  name,
  sweep: async () => ({ bytes: await bytes(), freedBytes: 0 }),
})

async function databaseBytes(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ bytes: bigint }[]>`SELECT pg_database_size(current_database()) AS bytes`
  return Number(row?.bytes ?? 0n)
}
