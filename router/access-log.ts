import type { Log } from '../lib/log.ts'
import type { Opened } from './exchange.ts'
import { Refusal } from './refusal.ts'

/** One line a request when it is over; without its query, which may hold what is nobody's business. */
export function logAccess(log: Log, { request, reply, requestId, method, subject, upgrade }: Opened): void {
  const startedAt = performance.now()
  const connection = upgrade?.socket ?? reply
  connection.once('close', () => {
    const { failure, cors: _, rpcStatus: __, ...who } = subject
    const status = statusOf({ reply, upgrade, subject })
    const line = {
      requestId,
      method,
      host: request.headers.host ?? request.headers[':authority'],
      path: request.url?.split('?', 1)[0],
      status,
      ms: Math.round(performance.now() - startedAt),
      ...who,
    }
    if (status < 500) log.debug(line, 'request')
    else log.warn({ ...line, err: failure instanceof Refusal ? (failure.cause ?? failure) : undefined }, 'request failed')
  })
}

/** 499: the client left before there was an answer. */
export function statusOf({ reply, upgrade, subject: { failure } }: Pick<Opened, 'reply' | 'upgrade' | 'subject'>): number {
  if (failure instanceof Refusal) return failure.status
  if (reply.headersSent) return reply.statusCode
  return upgrade === undefined ? 499 : 101
}
