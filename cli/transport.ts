import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { type Environment, isLoopback, originOf } from './environments.ts'
import { patience } from './patience.ts'
import type { Session } from './session.ts'
import { cliVersion } from './version.ts'

const connectTimeoutMs = 10_000

/** A connection that died without a word is found out while a stream waits on it. */
const pings = { pingIntervalMs: 20_000, pingTimeoutMs: 10_000 }

export type Connection = { platform: Transport; anonymous: Transport; grpc: Transport; close(): void }

/** One HTTP/2 connection to an environment's server, opened by the first call: prior knowledge without TLS, ALPN with it. */
export function openConnection(environment: Environment, session: () => Session): Connection {
  const baseUrl = originOf(environment)
  const sessionManager = new Http2SessionManager(baseUrl, pings, { createConnection: () => openSocket(environment) })
  const wait = patience()
  const interceptors = [introduction, authentication(session, { retry: true }), wait]
  return {
    anonymous: createConnectTransport({ baseUrl, httpVersion: '2', sessionManager, interceptors: [introduction, wait] }),
    platform: createConnectTransport({ baseUrl, httpVersion: '2', sessionManager, interceptors }),
    // No second try of a service's methods: it may be the service itself that refuses.
    grpc: createGrpcTransport({ baseUrl, sessionManager, interceptors: [introduction, authentication(session, { retry: false })] }),
    close: () => sessionManager.abort(),
  }
}

/** Where to connect. Names that mean this machine go to 127.0.0.1: Node's resolver does not know `*.localhost`. */
export function socketAddress(environment: Environment): { host: string; port: number; servername?: string } {
  const { hostname, port } = new URL(originOf(environment))
  const isAddress = /^[\d[]/.test(hostname)
  return {
    host: isLoopback(hostname) && !isAddress ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (environment.tls ? 443 : 80)),
    ...(environment.tls && !isAddress ? { servername: hostname } : {}),
  }
}

function openSocket(environment: Environment): Socket {
  const address = socketAddress(environment)
  const secure = environment.tls
  const socket = secure ? connectTls({ ...address, ALPNProtocols: ['h2'] }) : connectTcp(address)
  const timeout = setTimeout(() => socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' })), connectTimeoutMs)
  socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(timeout))
  socket.once('close', () => clearTimeout(timeout))
  return socket
}

/** Says who calls: a person finds the name in the list of their sessions. */
const introduction: Interceptor = (next) => async (request) => {
  request.header.set('User-Agent', `micro/${await cliVersion()} ${process.platform}`)
  return next(request)
}

/**
 * Adds the user's token, renewed in time. A call with one request that is refused all the same is tried once more with a newer token.
 * A stream can't be, since its requests are consumed and its responses may have begun: the token is renewed for who opens it again.
 */
function authentication(session: () => Session, { retry }: { retry: boolean }): Interceptor {
  return (next) => async (request) => {
    const token = await session().accessToken()
    if (token === undefined) return next(request)
    request.header.set('Authorization', `Bearer ${token}`)
    try {
      const response = await next(request)
      return response.stream && retry ? { ...response, message: renewing(response.message, session(), token) } : response
    } catch (error) {
      if (request.stream || !retry || !isUnauthenticated(error)) throw error
      const renewed = await session().renew(token)
      if (renewed === undefined) throw error
      request.header.set('Authorization', `Bearer ${renewed}`)
      return next(request)
    }
  }
}

async function* renewing<T>(messages: AsyncIterable<T>, session: Session, token: string): AsyncGenerator<T> {
  try {
    yield* messages
  } catch (error) {
    if (isUnauthenticated(error)) await session.renew(token)
    throw error
  }
}

const isUnauthenticated = (error: unknown): boolean => error instanceof ConnectError && error.code === Code.Unauthenticated
