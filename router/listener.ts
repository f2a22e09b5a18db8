import { once } from 'node:events'
import { createServer, type IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Reply, Request, Upgrade } from './exchange.ts'
import type { Limits } from './limits.ts'
import { sendMalformed } from './malformed.ts'
import { peek } from './peek.ts'

/** One port for HTTP/1.1, HTTP/2 without TLS, and WebSocket. */
export interface Listener {
  /** @returns the port, which the system chooses for 0 */
  listen(host: string, port: number): Promise<number>
  /** Takes no more connections, lets what is in flight end for `graceMs`, then cuts it. */
  close(graceMs: number): Promise<void>
}

export type OnRequest = (request: Request, reply: Reply, upgrade?: Upgrade) => void

const checkMs = 1_000

export function createListener({ limits, onRequest }: { limits: Limits; onRequest: OnRequest }): Listener {
  const sockets = new Set<Socket>()
  /** Those that have not said enough yet, such as ones that a browser opens in advance. */
  const unknown = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  const replies = new Set<Reply>()
  let closing = false

  const take: OnRequest = (request, reply, upgrade) => {
    replies.add(reply)
    reply.once('close', () => replies.delete(reply))
    if (reply instanceof ServerResponse && closing) reply.shouldKeepAlive = false
    onRequest(request, reply, upgrade)
  }

  const http1 = createServer({
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headMs,
    requestTimeout: 0,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(checkMs, limits.headMs),
    // Said in our own words by the admission.
    requireHostHeader: false,
    noDelay: true,
    // Behind a request that is still being answered the connection cannot change hands; the upgrade is left out then, as a server may.
    shouldUpgradeCallback: ({ headers, socket }: IncomingMessage) =>
      headers.upgrade?.toLowerCase() === 'websocket' && !isBusy(replies, socket),
  })
  // Beyond a number of headers Node would leave some out; their size is limited, and what we judge is what was sent.
  http1.maxHeadersCount = 0
  for (const event of ['request', 'checkContinue', 'checkExpectation'] as const) http1.on(event, take)
  http1.on('upgrade', (request, socket, head) => {
    const { reply, detach } = replyOn(request, socket)
    take(request, reply, { socket, head, detach })
  })
  http1.on('connect', (request, socket) => {
    if (isBusy(replies, socket)) socket.destroy()
    else take(request, replyOn(request, socket).reply)
  })
  http1.on('clientError', (error: NodeJS.ErrnoException, socket) => sendMalformed(error, socket, { busy: isBusy(replies, socket) }))

  const http2 = createHttp2Server({
    settings: { maxConcurrentStreams: limits.streams, maxHeaderListSize: limits.headBytes, initialWindowSize: 1024 * 1024 },
  })
  for (const event of ['request', 'checkContinue'] as const) http2.on(event, take)
  http2.on('session', (session) => {
    let streams = 0
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('stream', (stream) => {
      streams++
      stream.once('close', () => streams--)
    })
    session.setTimeout(limits.idleMs, () => {
      // A stream may be quiet for as long as it likes.
      if (streams === 0) session.close()
    })
  })
  // A session that fails is closed with its streams; the requests on it notice.
  http2.on('sessionError', () => {})

  // The HTTP/1 server is the one that listens, so that its timeouts work; what it does with a connection comes after a look at it.
  const [serveHttp1] = http1.listeners('connection')
  http1.removeAllListeners('connection')
  http1.on('connection', (socket: Socket) => {
    sockets.add(socket)
    unknown.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      unknown.delete(socket)
    })
    const onVersion = (version: 1 | 2) => {
      unknown.delete(socket)
      if (version === 2) http2.emit('connection', socket)
      else serveHttp1?.call(http1, socket)
    }
    peek(socket, { timeoutMs: limits.headMs, onVersion })
  })

  return {
    async listen(host, port) {
      http1.listen(port, host)
      await once(http1, 'listening')
      const address: AddressInfo | string | null = http1.address()
      return typeof address === 'object' && address !== null ? address.port : port
    },
    async close(graceMs) {
      closing = true
      const closed = new Promise((resolve) => http1.close(resolve))
      for (const socket of unknown) socket.destroy()
      for (const session of sessions) session.close()
      for (const reply of replies) if (reply instanceof ServerResponse && !reply.headersSent) reply.shouldKeepAlive = false
      const idle = setInterval(() => http1.closeIdleConnections(), 50)
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy()
      }, graceMs)
      await closed
      clearInterval(idle)
      clearTimeout(cut)
    },
  }
}

/** A response on a connection that left the HTTP server: to refuse an upgrade, or to answer in another way than by one. */
function replyOn(request: IncomingMessage, socket: Duplex): { reply: ServerResponse; detach(): void } {
  const reply = new ServerResponse(request)
  reply.shouldKeepAlive = false
  // The types allow any stream; a server without TLS has only sockets.
  if (!(socket instanceof Socket)) throw new TypeError('An upgrade came on something that is no socket.')
  socket.on('error', () => socket.destroy())
  reply.assignSocket(socket)
  reply.once('finish', () => {
    reply.detachSocket(socket)
    socket.end(() => socket.destroySoon())
  })
  return { reply, detach: () => reply.detachSocket(socket) }
}

function isBusy(replies: ReadonlySet<Reply>, socket: Duplex): boolean {
  for (const reply of replies) if (reply instanceof ServerResponse && reply.socket === socket) return true
  return false
}
