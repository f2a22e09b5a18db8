import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { DescService } from '@bufbuild/protobuf'
import { type Client, createClient, type Transport } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { createGrpcServer } from '../grpc/server.ts'
import type { TestPlatform } from './platform.ts'

export const routerKey = 'the-key-of-routers-for-tests'

export type TestGrpc = {
  origin: string
  /** One connection for all calls, without a token. */
  transport: Transport
  client<S extends DescService>(service: S, token?: string): Client<S>
  close(): Promise<void>
}

/** The platform's gRPC server on a port of its own. */
export async function startGrpc({ ctx: { db, clock, platform, signal } }: TestPlatform): Promise<TestGrpc> {
  const server = createGrpcServer({ db, clock, platform, signal, routerKey })
  const connections = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => connections.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = createGrpcTransport({ baseUrl: origin })
  return {
    origin,
    transport,
    client: (service, token) => createClient(service, token === undefined ? transport : withToken(transport, token)),
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}

const withToken = (transport: Transport, token: string): Transport => {
  const headersOf = (init: HeadersInit | undefined) => new Headers([...new Headers(init), ['authorization', `Bearer ${token}`]])
  return {
    unary: (method, signal, timeoutMs, header, ...rest) => transport.unary(method, signal, timeoutMs, headersOf(header), ...rest),
    stream: (method, signal, timeoutMs, header, ...rest) => transport.stream(method, signal, timeoutMs, headersOf(header), ...rest),
  }
}
