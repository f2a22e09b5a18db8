import type { OutgoingHttpHeaders } from 'node:http'
import type { Exchange } from './exchange.ts'
import { isForwardingHeader } from './forwarding.ts'

/** Header names in lower case; repeated ones keep their lines apart. */
export type Headers = Record<string, string | string[]>

const hopByHop = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Headers that end at the router: hop-by-hop ones and those that `Connection` names. */
export function endToEnd(raw: readonly string[]): Headers {
  const named = new Set<string>()
  eachHeader(raw, (name, value) => {
    if (name === 'connection') for (const token of value.split(',')) named.add(token.trim().toLowerCase())
  })
  const headers: Headers = Object.create(null)
  eachHeader(raw, (name, value) => {
    if (name.startsWith(':') || hopByHop.has(name) || named.has(name)) return
    const before = headers[name]
    headers[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
  })
  return headers
}

/** Trailers that may go on; repeated ones in one line, which means the same and fits every version of HTTP. */
export function endToEndTrailers(raw: readonly string[]): Record<string, string> {
  const trailers = Object.entries(endToEnd(raw)).filter(([name]) => !isMicroHeader(name))
  return Object.fromEntries(trailers.map(([name, value]) => [name, list(value).join(', ')]))
}

export type Passing = {
  /** What was taken off the path before the service sees it. */
  prefix?: string
  namespace?: string
  /** All that is said of whom the request came by, where proxies on the way are not to be taken for the client. */
  address?: string
  /** False: a token of the platform that the service must not get to hold. */
  authorization?: boolean
  /** False: the origin is the platform's, and its cookies are nobody else's business. */
  cookies?: boolean
}

/** Headers of a request on its way to whom it is for: identity headers of the client's own making are gone, the router's are set. */
export function requestHeaders(exchange: Exchange, passing: Passing): Headers {
  const headers = endToEnd(exchange.request.rawHeaders)
  for (const name of Object.keys(headers)) if (isForwardingHeader(name) || isMicroHeader(name)) delete headers[name]
  if (passing.authorization === false) delete headers.authorization
  if (passing.cookies === false) delete headers.cookie
  const authority = hostHeader(exchange)
  return Object.assign(headers, {
    host: authority,
    'x-forwarded-for': passing.address ?? exchange.client.forwardedFor,
    'x-forwarded-host': authority,
    'x-forwarded-proto': exchange.client.proto,
    ...(passing.prefix === undefined ? {} : { 'x-forwarded-prefix': passing.prefix }),
    'micro-request-id': exchange.requestId,
    ...(passing.namespace === undefined ? {} : { 'micro-namespace': passing.namespace }),
  })
}

/** Decides who answers at an origin that is not one namespace's alone: a cache that does not know would give one's answer for another's. */
export const namespaceHeader = 'Micro-Namespace'

/** Headers of an answer on its way to the client. */
export function replyHeaders(exchange: Exchange, raw: readonly string[], passing: Pick<Passing, 'cookies'>): OutgoingHttpHeaders {
  const headers = endToEnd(raw)
  for (const name of Object.keys(headers)) if (isMicroHeader(name)) delete headers[name]
  if (passing.cookies !== undefined) delete headers['clear-site-data']
  const cookies = list(headers['set-cookie'])
  if (passing.cookies === false) {
    for (const name of Object.keys(headers)) if (isOriginHeader(name)) delete headers[name]
    delete headers['set-cookie']
    headers['content-security-policy'] = [...list(headers['content-security-policy']), 'sandbox']
    headers.vary = [...list(headers.vary), namespaceHeader]
  } else if (cookies.length > 0) headers['set-cookie'] = cookies.map(withoutDomain)
  return Object.assign(headers, { 'micro-request-id': exchange.requestId })
}

/**
 * What a browser remembers for a whole origin, or for the domain below it: no tenant's word on the platform's. Clear-Site-Data reaches all of the
 * registrable domain, so from a host of the tenant's own it would still log people out of the console.
 */
const originHeaders = new Set([
  'accept-ch',
  'alt-svc',
  'clear-site-data',
  'nel',
  'public-key-pins',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'strict-transport-security',
])
export const isOriginHeader = (name: string): boolean => originHeaders.has(name)

/** A tenant that widens a cookie to the parent domain sets it for the console and for every other tenant. */
export const withoutDomain = (cookie: string): string =>
  cookie
    .split(';')
    .filter((part, index) => index === 0 || !/^\s*domain\s*(=|$)/i.test(part))
    .join(';')

export const hostHeader = ({ authority }: Pick<Exchange, 'authority'>): string =>
  authority.port === '' ? authority.name : `${authority.name}:${authority.port}`

const isMicroHeader = (name: string): boolean => name.replaceAll('_', '-').startsWith('micro-')

export const list = (value: string | string[] | undefined): string[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

function eachHeader(raw: readonly string[], visit: (name: string, value: string) => void): void {
  for (let i = 0; i + 1 < raw.length; i += 2) visit((raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '')
}
