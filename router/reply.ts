import type { OutgoingHttpHeaders } from 'node:http'
import type { Code } from '@connectrpc/connect'
import { encodeEnvelope } from '@connectrpc/connect/protocol'
import { codeToString } from '@connectrpc/connect/protocol-connect'
import { corsHeaders } from './cors.ts'
import { type Opened, subjectId, wireOf } from './exchange.ts'
import { errorBody, type Refusal } from './refusal.ts'

const lingerMs = 5_000

/** Answers with an error in the words of the protocol that the client speaks. Too late for one, it ends the connection. */
export function sendRefusal(exchange: Opened, refusal: Refusal): void {
  const { reply, request } = exchange
  if (reply.headersSent) {
    reply.destroy()
    return
  }
  const headers = { ...refusal.headers, ...corsHeaders(exchange) }
  switch (wireOf(request)) {
    case 'grpc':
      sendTrailersOnly(exchange, 'application/grpc', refusal)
      break
    case 'grpc-web':
      sendTrailersOnly(exchange, 'application/grpc-web+proto', refusal, headers)
      break
    case 'connect-unary':
      send(exchange, refusal.status, { ...headers, 'content-type': 'application/json' }, connectError(refusal))
      break
    case 'connect-stream': {
      const end = encodeEnvelope(2, new TextEncoder().encode(`{"error":${connectError(refusal)}}`))
      send(exchange, 200, { ...headers, 'content-type': request.headers['content-type'] ?? 'application/connect+json' }, end)
      break
    }
    case 'http':
      sendJson(exchange, refusal.status, errorBody(subjectId(exchange.subject), refusal), headers)
  }
}

export function sendJson(exchange: Opened, status: number, body: unknown, headers: OutgoingHttpHeaders = {}): void {
  send(exchange, status, { ...headers, 'content-type': 'application/json', 'x-content-type-options': 'nosniff' }, JSON.stringify(body))
}

export function send(opened: Opened, status: number, headers: OutgoingHttpHeaders, body: string | Uint8Array = ''): void {
  const { reply, method } = opened
  const bytes = Buffer.from(body)
  reply.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': bytes.byteLength })
  if (method !== 'HEAD' && bytes.byteLength > 0) reply.write(bytes)
  endAfterBody(opened)
}

/** gRPC tells its status in trailers; with nothing before them they are the headers. */
export function trailersOnly(code: Code, message: string): OutgoingHttpHeaders {
  return { 'grpc-status': String(code), 'grpc-message': percentEncode(message) }
}

function sendTrailersOnly({ reply }: Opened, type: string, refusal: Refusal, headers: OutgoingHttpHeaders = {}): void {
  for (const [name, value] of Object.entries({ ...headers, 'content-type': type, ...trailersOnly(refusal.code, refusal.message) })) {
    reply.setHeader(name, String(value))
  }
  // Without a writeHead before it, `end` puts END_STREAM on the headers, which is what makes them trailers.
  reply.end()
}

const connectError = (refusal: Refusal): string => JSON.stringify({ code: codeToString(refusal.code), message: refusal.message })

/** https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: everything but printable ASCII without `%`. */
const percentEncode = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) =>
    byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')

/**
 * A client that is still sending its body would see a reset instead of the answer if the connection were closed on it:
 * it has the whole answer already, and gets a while to end.
 */
function endAfterBody({ request, reply, upgrade, method }: Opened): void {
  if (request.complete || request.httpVersionMajor >= 2 || upgrade !== undefined || method === 'CONNECT') {
    reply.end()
    return
  }
  const timer = setTimeout(() => request.destroy(), lingerMs)
  request.once('end', () => reply.end())
  request.once('close', () => clearTimeout(timer))
  request.resume()
}
