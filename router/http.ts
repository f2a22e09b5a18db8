import type { ClientRequest, IncomingMessage } from 'node:http'
import { breakOff, type Deadline } from './deadline.ts'
import type { Exchange } from './exchange.ts'
import { endToEndTrailers, type Passing, replyHeaders, requestHeaders } from './headers.ts'
import type { HttpOutgoing } from './http-target.ts'
import { informational } from './informational.ts'
import type { Limits } from './limits.ts'
import { Refusal } from './refusal.ts'
import { bodyStalled, relay, watchStall } from './relay.ts'

export type HttpForward = {
  /** Chooses an instance and connects to it. @throws NotSent */
  send(outgoing: HttpOutgoing): Promise<ClientRequest>
  /** As the service sees it. */
  target: string
  passing: Passing
  deadline?: Deadline | undefined
  limits: Limits
}

/** Forwards a request to an HTTP/1.1 server and streams its answer back; ends when the answer does, or the client leaves. */
export async function forwardHttp(exchange: Exchange, forward: HttpForward): Promise<void> {
  const { request, method } = exchange
  const body = hasBody(exchange)
  const headers = requestHeaders(exchange, forward.passing)
  if (body && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked'
  const outgoing: HttpOutgoing = { method, path: forward.target, headers, signal: exchange.signal }

  for (let attempt = 1; ; attempt++) {
    const upstream = await forward.send(outgoing)
    try {
      const answer = await answered(exchange, upstream, { body, forward })
      return await deliver(exchange, answer, forward)
    } catch (error) {
      // A kept connection that the service closed just as it was used again: it read nothing, and asking twice does no harm.
      const again = error instanceof Stale && !body && attempt < 3 && ['GET', 'HEAD', 'OPTIONS'].includes(method) && !request.destroyed
      if (!again) throw error instanceof Stale ? brokenOff(error) : error
    }
  }
}

/** Sends the body and waits for the head of the answer. */
function answered(
  exchange: Exchange,
  upstream: ClientRequest,
  { body, forward }: { body: boolean; forward: HttpForward },
): Promise<IncomingMessage> {
  const { request, signal } = exchange
  const { stallMs } = forward.limits
  return new Promise((resolve, reject) => {
    const cancel = () => upstream.destroy()
    signal.addEventListener('abort', cancel, { once: true })
    const offDeadline = forward.deadline?.onPassed((refusal) => {
      reject(refusal)
      upstream.destroy()
    })
    upstream.once('close', () => {
      signal.removeEventListener('abort', cancel)
      offDeadline?.()
      reject(brokenOff(new Error('Closed without an answer.')))
    })
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      const unread = upstream.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      reject(unread ? new Stale(error) : brokenOff(error))
    })
    upstream.on('continue', () => exchange.reply.writeContinue())
    upstream.on('information', (information) => informational(exchange.reply, information))
    upstream.once('response', resolve)

    if (signal.aborted) return cancel()
    if (!body) return void upstream.end()
    relay(request, upstream)
    const watch = watchStall(request, {
      afterMs: stallMs,
      onStall() {
        reject(bodyStalled())
        upstream.destroy()
      },
    })
    upstream.once('response', watch)
    upstream.once('close', watch)
    request.once('end', () => upstream.end())
  })
}

/** Streams the answer to the client. */
export function deliver(exchange: Exchange, answer: IncomingMessage, forward: Pick<HttpForward, 'passing' | 'limits'>): Promise<void> {
  const { reply, method } = exchange
  const headers = replyHeaders(exchange, answer.rawHeaders, forward.passing)
  try {
    reply.writeHead(answer.statusCode ?? 502, headers)
  } catch (error) {
    answer.destroy()
    throw new Refusal(502, 'The service answered with headers that cannot be passed on.', { cause: error })
  }
  // An event stream, or anything else of unknown length, may have nothing to say for a while; its head may not wait for that.
  if (answer.headers['content-length'] === undefined && method !== 'HEAD') reply.flushHeaders?.()
  return new Promise((resolve) => {
    relay(answer, reply, { afterMs: forward.limits.stallMs, onStall: () => breakOff(exchange) })
    answer.once('end', () => {
      reply.addTrailers(endToEndTrailers(answer.rawTrailers))
      reply.end()
    })
    answer.once('error', () => breakOff(exchange))
    answer.once('close', resolve)
  })
}

export function hasBody({ request }: Pick<Exchange, 'request'>): boolean {
  if (request.httpVersionMajor >= 2) return request.stream?.endAfterHeaders === false
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

class Stale extends Error {
  constructor(cause: Error) {
    super('The connection was closed before it was used again.', { cause })
  }
}

const brokenOff = (cause: Error): Refusal => new Refusal(502, 'The service broke off the connection before it answered.', { cause })
