import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { type Environment, isLoopback, originOf } from './environments.ts'
import type { Session } from './session.ts'

const connectTimeoutMs = 10_000

export type Connection = { platform: Transport; anonymous: Transport; grpc: Transport; close(): void }

/** One HTTP/2 connection to an environment's server, opened by the first call: prior knowledge without TLS, ALPN with it. */
export function openConnection(environment: Environment, session: () => Session): Connection {
  const baseUrl = originOf(environment)
  const sessionManager = new Http2SessionManager(baseUrl, {}, { createConnection: () => openSocket(environment) })
  const interceptors = [authentication(session, { retry: true })]
  return {
    anonymous: createConnectTransport({ baseUrl, httpVersion: '2', sessionManager }),
    platform: createConnectTransport({ baseUrl, httpVersion: '2', sessionManager, interceptors }),
    // No second try of a service's methods: it may be the service itself that refuses.
    grpc: createGrpcTransport({ baseUrl, sessionManager, interceptors: [authentication(session, { retry: false })] }),
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

/**
 * Adds the user's token, renewed in time. A call with one request that is refused all the same is tried once more with a newer token;
 * a stream can't be, since its requests are consumed.
 */
function authentication(session: () => Session, { retry }: { retry: boolean }): Interceptor {
  return (next) => async (request) => {
    const token = await session().accessToken()
    if (token === undefined) return next(request)
    request.header.set('Authorization', `Bearer ${token}`)
    if (request.stream || !retry) return next(request)
    try {
      return await next(request)
    } catch (error) {
      if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated) throw error
      const renewed = await session().renew(token)
      if (renewed === undefined) throw error
      request.header.set('Authorization', `Bearer ${renewed}`)
      return next(request)
    }
  }
}
