import type { Tx } from '../../prisma/client.ts'

/**
 * The next version of the route table. The row stays locked until the transaction ends, so versions become visible in their order
 * and a router that has seen version n has missed nothing below it.
 *
 * Rows are locked in one order, or two transactions could wait for each other: namespace, this one, service, deployments, instances.
 */
export async function nextRouteVersion(tx: Tx): Promise<bigint> {
  const { version } = await tx.routeClock.update({ where: { id: 1 }, data: { version: { increment: 1 } } })
  return version
}
