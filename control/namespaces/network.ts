import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { poolSize, type Subnet, subnetAt } from '../../lib/network-pool.ts'
import type { Tx } from '../../prisma/client.ts'
import { type ControlContext, networksChannel, routesChannel, type Transaction } from '../context.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { transaction } from '../verb.ts'

type Numbered = { id: string; networkIndex: number | null }

/** The network of a namespace, which it has from its first instance in a container until it is deleted. */
export async function allocateNetwork(ctx: ControlContext, namespace: Numbered, pool: string): Promise<Subnet> {
  const known = namespace.networkIndex === null ? undefined : subnetAt(pool, namespace.networkIndex)
  return known ?? (await transaction(ctx, 'namespaces.allocateNetwork', (change) => allocate(change, namespace.id, pool)))
}

async function allocate({ tx, audit, notify }: Transaction, id: string, pool: string): Promise<Subnet> {
  await tx.$queryRaw`SELECT 1 FROM "Namespace" WHERE "id" = ${id} FOR UPDATE`
  // Lets one allocation at a time go on, so that a number that is free stays so until it is taken.
  const routeVersion = await nextRouteVersion(tx)
  const before = await tx.namespace.findUniqueOrThrow({ where: { id } })
  const networkIndex = kept(before.networkIndex, pool) ?? (await firstFree(tx, pool))
  const subnet = subnetAt(pool, networkIndex)
  if (!subnet) throw exhausted(pool)
  await tx.namespace.update({ where: { id }, data: { networkIndex, routeVersion } })
  await audit({ action: 'namespaces.allocateNetwork', target: before.name, namespaceId: id, after: subnet })
  notify(routesChannel, {})
  notify(networksChannel, {})
  return subnet
}

/** One that was given out of a larger pool of before is none any more. */
const kept = (index: number | null, pool: string): number | undefined => (index !== null && index < poolSize(pool) ? index : undefined)

async function firstFree(tx: Tx, pool: string): Promise<number> {
  const rows = await tx.$queryRaw`
    SELECT candidate FROM generate_series(0, ${poolSize(pool) - 1}::int) AS candidate
    WHERE NOT EXISTS (SELECT 1 FROM "Namespace" WHERE "networkIndex" = candidate)
    ORDER BY candidate LIMIT 1`
  const [free] = z.array(z.object({ candidate: z.int() })).parse(rows)
  if (!free) throw exhausted(pool)
  return free.candidate
}

const exhausted = (pool: string): PlatformError =>
  new PlatformError('resource_exhausted', `Every network of this server is in use: ${poolSize(pool)} namespaces have one each.`, {
    reason: 'NETWORKS_EXHAUSTED',
    hint: `Delete a namespace that nobody needs, or have the operator give a pool larger than MICRO_NETWORK_POOL=${pool}.`,
  })
