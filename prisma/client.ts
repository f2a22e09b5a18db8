import { PrismaPg } from '@prisma/adapter-pg'
import { Prisma, PrismaClient } from '../gen/prisma/client.ts'

export type Db = PrismaClient
export type Tx = Prisma.TransactionClient
export { Prisma }

/** @param connections at most so many at once; each idle one costs PostgreSQL some 5 MB */
export function createDb(url: string, connections: number): Db {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: connections, idleTimeoutMillis: 10_000 }) })
}
