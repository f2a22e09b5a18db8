import { setTimeout as pause } from 'node:timers/promises'

/**
 * PostgreSQL: class 08 connection exception, 57P01–57P03 shutting down or starting up, 53300 too many connections
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html); Prisma: https://www.prisma.io/docs/orm/reference/error-reference.
 */
const away = /^(08\w{3}|57P0[123]|53300|P1001|P1002|P1008|P1017|P2024|ECONNREFUSED|ECONNRESET|EPIPE)$/
const awayInWords =
  /Connection terminated|Can't reach database|the database system is (starting|shutting|not yet)|57P0[123]|postmaster exit/

/** True when the database did not answer, and the same may well work a moment later. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway)
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string' && away.test(error.code)) return true
  // Its UNIX socket is not there; any other file that is missing is a fault of ours.
  if ('code' in error && error.code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect') return true
  return awayInWords.test(error.message) || isDatabaseAway(error.cause)
}

/** Does it again while the database is away, for at most a minute. Only for what may be done twice. */
export async function whileDatabaseIsAway<T>(work: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; await pause(250)) {
    try {
      return await work()
    } catch (error) {
      if (!isDatabaseAway(error) || Date.now() > deadline) throw error
    }
  }
}
