import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import type { Transport } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { type Address, type InFlight, NotSent, type Target } from './target.ts'

/** Requests and streams of HTTP/2 without TLS; also as a transport of Connect clients, over the same connections. */
export type GrpcTarget = Target<OutgoingHttpHeaders, ClientHttp2Stream> & { readonly transport: Transport }

const windowBytes = 1024 * 1024
const idleMs = 300_000
const assumedStreams = 100

export function createGrpcTarget(address: Address, inFlight: InFlight, options: { connectMs: number; messageBytes: number }): GrpcTarget {
  const origin =
    'path' in address ? 'http://localhost' : `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
  const open = new Set<ClientHttp2Session>()
  const streams = new WeakMap<ClientHttp2Session, number>()
  let opening: Promise<ClientHttp2Session> | undefined

  const hasRoom = (session: ClientHttp2Session) =>
    !session.closed && !session.destroyed && (streams.get(session) ?? 0) < (session.remoteSettings?.maxConcurrentStreams ?? assumedStreams)

  async function session(): Promise<ClientHttp2Session> {
    for (const each of open) if (hasRoom(each)) return each
    opening ??= openSession(origin, address, options.connectMs)
      .then((fresh) => {
        open.add(fresh)
        fresh.once('close', () => open.delete(fresh))
        fresh.once('goaway', () => open.delete(fresh))
        return fresh
      })
      .finally(() => {
        opening = undefined
      })
    return await opening
  }

  async function send(headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    // Held while connecting too, so that a target in use is not taken for drained.
    const release = inFlight.hold()
    try {
      const chosen = await session()
      const stream = start(chosen, headers)
      streams.set(chosen, (streams.get(chosen) ?? 0) + 1)
      stream.once('close', () => {
        streams.set(chosen, (streams.get(chosen) ?? 1) - 1)
        release()
      })
      return stream
    } catch (error) {
      release()
      throw error
    }
  }

  const transport = createGrpcTransport({
    baseUrl: origin,
    readMaxBytes: options.messageBytes,
    sessionManager: {
      authority: origin,
      request: (method, path, headers) => send({ ...headers, ':method': method, ':path': path }),
      notifyResponseByteRead() {},
    },
  })

  return {
    transport,
    send,
    async ready(signal) {
      signal.throwIfAborted()
      await session()
    },
    drain: inFlight.drain,
    close() {
      for (const each of open) each.destroy()
    },
  }
}

function start(session: ClientHttp2Session, headers: OutgoingHttpHeaders): ClientHttp2Stream {
  try {
    const stream = session.request(headers, { endStream: false })
    // Whoever gets the stream listens too; an error in between must not end the process.
    stream.on('error', () => {})
    return stream
  } catch (error) {
    // The session went away since it was chosen. Anything else is the request's own fault and the same everywhere.
    if (session.closed || session.destroyed) throw new NotSent(error)
    throw error
  }
}

function openSession(origin: string, address: Address, connectMs: number): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(origin, {
      createConnection: () => connectSocket({ ...address, noDelay: true }),
      settings: { enablePush: false, initialWindowSize: windowBytes },
    })
    const timer = setTimeout(() => session.destroy(new Error('No connection in time.')), connectMs)
    session.on('error', (error) => reject(new NotSent(error)))
    session.once('close', () => {
      clearTimeout(timer)
      reject(new NotSent(new Error('The connection was closed.')))
    })
    // The settings say how many streams it takes, and that it speaks HTTP/2 at all.
    session.once('remoteSettings', () => {
      clearTimeout(timer)
      session.setLocalWindowSize(windowBytes * 4)
      session.setTimeout(idleMs, () => session.close())
      resolve(session)
    })
  })
}
