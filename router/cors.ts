import { cors } from '@connectrpc/connect'
import type { Opened } from './exchange.ts'
import { Refusal } from './refusal.ts'

const maxAgeSeconds = '7200'
const headerNames = /^[a-z0-9!#$%&'*+.^_`|~-]+(\s*,\s*[a-z0-9!#$%&'*+.^_`|~-]+)*$/i

/** Public endpoints answer pages of any origin; without credentials, so nobody's cookies are used. */
export function corsHeaders(exchange: Opened): Record<string, string> {
  if (exchange.subject.cors !== true || exchange.request.headers.origin === undefined) return {}
  return {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': [...cors.exposedHeaders, 'Micro-Request-Id', 'Retry-After', 'WWW-Authenticate'].join(', '),
  }
}

export function isPreflight({ method, request }: Pick<Opened, 'method' | 'request'>): boolean {
  return method === 'OPTIONS' && request.headers.origin !== undefined && request.headers['access-control-request-method'] !== undefined
}

/** A preflight carries none of the request's own headers, so it can say only what would be allowed. */
export function sendPreflight({ request, reply }: Opened): void {
  const wanted = String(request.headers['access-control-request-headers'] ?? '')
  if (wanted !== '' && !headerNames.test(wanted)) throw new Refusal(400, 'Access-Control-Request-Headers is malformed.')
  reply.writeHead(204, {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST',
    ...(wanted === '' ? {} : { 'access-control-allow-headers': wanted }),
    'access-control-max-age': maxAgeSeconds,
    vary: 'Access-Control-Request-Headers',
  })
  reply.end()
}
