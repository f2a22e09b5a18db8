import { Code } from '@connectrpc/connect'
import { statusOf } from './access-log.ts'
import type { Exchange } from './exchange.ts'
import type { Route } from './table.ts'
import type { Traffic } from './traffic.ts'

/** The service failed, and not its caller. */
const failures: ReadonlySet<number> = new Set([Code.Unknown, Code.DeadlineExceeded, Code.Internal, Code.Unavailable, Code.DataLoss])

/** Counts the request for the release once it is over; not one that its client gave up, which says nothing of the release. */
export function observe(exchange: Exchange, traffic: Traffic, route: Route, release: number): void {
  const startedAt = performance.now()
  const { reply, upgrade, subject } = exchange
  const connection = upgrade?.socket ?? reply
  connection.once('close', () => {
    const status = statusOf(exchange)
    if (status === 499) return
    const failed = status >= 500 || (subject.rpcStatus !== undefined && failures.has(subject.rpcStatus))
    traffic.record(route, release, { failed, ms: performance.now() - startedAt })
  })
}
