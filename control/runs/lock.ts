import type { Tx } from '../../prisma/client.ts'

/** Until the transaction ends no other run of the namespace begins or ends: what is counted stays so many. */
export async function lockRuns(tx: Tx, namespaceId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(7004, hashtext(${namespaceId}))`
}
