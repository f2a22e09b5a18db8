import { type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from 'node:http2'
import { Code } from '@connectrpc/connect'
import { breakOff, type Deadline } from './deadline.ts'
import { acceptBody, type Exchange, wireOf } from './exchange.ts'
import { endToEndTrailers, hostHeader, type Passing, replyHeaders, requestHeaders } from './headers.ts'
import type { Limits } from './limits.ts'
import { Refusal } from './refusal.ts'
import { relay } from './relay.ts'
import { trailersOnly } from './reply.ts'

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, HTTP2_HEADER_STATUS } = constants

export type Http2Forward = {
  /** Chooses an instance and opens a stream to it. @throws NotSent */
  send(headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream>
  /** Path and query as the service sees them. */
  target: string
  passing: Passing
  deadline?: Deadline | undefined
  limits: Limits
}

/** Forwards a request to an HTTP/2 server as it is, trailers included: gRPC needs no more to pass through. */
export async function forwardHttp2(exchange: Exchange, forward: Http2Forward): Promise<void> {
  const upstream = await forward.send(outgoingHeaders(exchange, forward))
  const { request, reply, signal } = exchange
  await new Promise<void>((resolve, reject) => {
    let trailers: OutgoingHttpHeaders | undefined
    const cancel = () => upstream.close(NGHTTP2_CANCEL)
    signal.addEventListener('abort', cancel, { once: true })
    const offDeadline = forward.deadline?.onPassed((refusal) => {
      cancel()
      if (reply.headersSent) endWithStatus(exchange, Code.DeadlineExceeded, refusal.message)
      else reject(refusal)
    })

    upstream.once('response', (headers, flags, rawHeaders) => {
      const status = Number(headers[HTTP2_HEADER_STATUS])
      const passed = replyHeaders(exchange, rawHeaders, forward.passing)
      noteStatus(exchange, passed)
      try {
        if ((flags & NGHTTP2_FLAG_END_STREAM) !== 0) return endAtOnce(exchange, status, passed)
        reply.writeHead(status, passed)
        reply.flushHeaders?.()
      } catch (error) {
        cancel()
        reject(new Refusal(502, 'The service answered with headers that cannot be passed on.', { cause: error }))
      }
      relay(upstream, reply, { afterMs: forward.limits.stallMs, onStall: () => breakOff(exchange) })
    })
    upstream.once('trailers', (_, __, rawTrailers) => {
      trailers = endToEndTrailers(rawTrailers)
      noteStatus(exchange, trailers)
    })
    upstream.once('end', () => {
      if (!reply.headersSent) return
      if (trailers !== undefined) reply.addTrailers(trailers)
      reply.end()
    })
    upstream.once('close', () => {
      signal.removeEventListener('abort', cancel)
      offDeadline?.()
      if (!reply.headersSent) reject(new Refusal(503, 'The service broke off the call before it answered.'))
      else if (!reply.writableEnded) endWithStatus(exchange, Code.Unavailable, 'The service broke off the call.')
      resolve()
    })

    if (signal.aborted) return cancel()
    acceptBody(exchange)
    relay(request, upstream)
    request.once('end', () => upstream.end())
  })
}

function outgoingHeaders(exchange: Exchange, forward: Http2Forward): OutgoingHttpHeaders {
  const { host, expect, ...headers } = requestHeaders(exchange, forward.passing)
  const { deadline } = forward
  if (deadline !== undefined && wireOf(exchange.request) === 'grpc') headers['grpc-timeout'] = grpcTimeout(deadline.timeoutMs)
  return {
    ...headers,
    te: 'trailers',
    ':method': exchange.method,
    ':path': forward.target,
    ':scheme': 'http',
    ':authority': hostHeader(exchange),
  }
}

/** At most eight digits. */
const grpcTimeout = (timeoutMs: number): string => (timeoutMs < 1e8 ? `${timeoutMs}m` : `${Math.ceil(timeoutMs / 1000)}S`)

/** An answer of headers alone: only without a `writeHead` before it does `end` put END_STREAM on them, as gRPC wants it. */
function endAtOnce({ reply }: Exchange, status: number, headers: OutgoingHttpHeaders): void {
  reply.statusCode = status
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) reply.setHeader(name, typeof value === 'number' ? String(value) : value)
  reply.end()
}

function noteStatus({ subject }: Exchange, headers: OutgoingHttpHeaders): void {
  const status = headers['grpc-status']
  if (status !== undefined) subject.rpcStatus = Number(status)
}

/** gRPC can still say how a call ended after its head was sent; other protocols can only be cut short. */
function endWithStatus(exchange: Exchange, code: Code, message: string): void {
  if (exchange.signal.aborted) return
  exchange.subject.rpcStatus = code
  if (wireOf(exchange.request) === 'grpc') {
    exchange.reply.addTrailers(trailersOnly(code, message))
    exchange.reply.end()
  } else breakOff(exchange)
}
