import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { Duplex, Readable, Writable } from 'node:stream'
import type { Client } from './forwarding.ts'
import type { Authority, Host } from './hosts.ts'

/** What node:http and node:http2 requests have in common. */
export interface Request extends Readable {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: string[]
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number
  readonly complete: boolean
  readonly socket: { readonly remoteAddress?: string | undefined }
  /** HTTP/2 only. */
  readonly stream?: { readonly endAfterHeaders: boolean }
}

/** What node:http and node:http2 responses have in common. */
export interface Reply extends Writable {
  readonly headersSent: boolean
  statusCode: number
  setHeader(name: string, value: string | readonly string[]): unknown
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown
  addTrailers(trailers: OutgoingHttpHeaders): void
  writeContinue(): void
  writeEarlyHints(hints: Record<string, string | string[]>): void
  /** HTTP/1 only. */
  writeProcessing?(): void
  flushHeaders?(): void
}

/** A request that came in, of which nothing is believed yet. */
export type Opened = {
  readonly request: Request
  readonly reply: Reply
  readonly requestId: string
  readonly method: string
  /** Aborts when the answer is complete or the client left. */
  readonly signal: AbortSignal
  /** Present when the client asked to upgrade to WebSocket. */
  readonly upgrade?: Upgrade | undefined
  /** Who answers, for errors and the access log. */
  readonly subject: Subject
}

/** A request that was admitted: it is for one host and one path. */
export type Exchange = Opened & {
  /** Starts with `/`; as the client wrote it, percent-encoding included. */
  readonly path: string
  /** With its `?`, or empty. */
  readonly query: string
  readonly authority: Authority
  readonly host: Host
  readonly client: Client
  /** The namespace of the instance that it comes from: it may reach whatever is in it. */
  readonly inside?: string | undefined
}

export type Upgrade = {
  readonly socket: Duplex
  /** What the client sent already after its head. */
  readonly head: Buffer
  /** Takes the socket away from `reply`, which can be used no more. */
  detach(): void
}

/** Filled in as the request finds its way. */
export type Subject = {
  namespace?: string
  service?: string
  instance?: string
  cors?: boolean
  failure?: unknown
  /** gRPC status of the service's answer, where the HTTP status does not say it. */
  rpcStatus?: number
}

export const subjectId = ({ namespace, service }: Subject): string =>
  namespace !== undefined && service !== undefined ? `${namespace}.${service}` : 'micro.router'

/** Lets a client that waits for it send its body. */
export function acceptBody({ request, reply }: Pick<Opened, 'request' | 'reply'>): void {
  if (request.headers.expect?.toLowerCase() === '100-continue') reply.writeContinue()
}

/** Which of the protocols on the one port a request speaks, by its content type. */
export type Wire = 'grpc' | 'grpc-web' | 'connect-unary' | 'connect-stream' | 'http'

export function wireOf(request: Pick<Request, 'headers' | 'method' | 'url'>): Wire {
  const type = (request.headers['content-type'] ?? '').toLowerCase()
  if (type.startsWith('application/grpc-web')) return 'grpc-web'
  if (/^application\/grpc(?:$|[+;\s])/.test(type)) return 'grpc'
  if (type.startsWith('application/connect+')) return 'connect-stream'
  if (request.headers['connect-protocol-version'] !== undefined) return 'connect-unary'
  if (/^application\/proto(?:$|[;\s])/.test(type)) return 'connect-unary'
  if (request.method === 'GET' && /[?&]connect=v1(?:&|$)/.test(request.url ?? '')) return 'connect-unary'
  return 'http'
}
