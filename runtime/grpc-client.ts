import { type ClientHttp2Session, connect } from 'node:http2'
import type { DescService } from '@bufbuild/protobuf'
import { type Client, createClient } from '@connectrpc/connect'
import { createGrpcTransport, type GrpcTransportOptions } from '@connectrpc/connect-node'
import { urlOf } from './h2c.ts'
import type { Address } from './runtime.ts'

/** Calls a service of an instance over a connection of its own, which is gone afterwards. What comes back is a tenant's: sizes are limited. */
export async function withGrpcClient<S extends DescService, T>(
  service: S,
  address: Address,
  options: { readMaxBytes: number },
  use: (client: Client<S>) => Promise<T>,
): Promise<T> {
  const baseUrl = urlOf(address)
  const session = connect(baseUrl)
  // A server that answers with garbage fails the call; without a listener the session's own error would end the platform, also after the call.
  session.on('error', () => undefined)
  try {
    const transport = createGrpcTransport({ baseUrl, sessionManager: managerOf(session, baseUrl), readMaxBytes: options.readMaxBytes })
    return await use(createClient(service, transport))
  } finally {
    session.destroy()
  }
}

type SessionManager = NonNullable<GrpcTransportOptions['sessionManager']>

const managerOf = (session: ClientHttp2Session, authority: string): SessionManager => ({
  authority,
  request: async (method, path, headers, options) => session.request({ ...headers, ':method': method, ':path': path }, options),
  notifyResponseByteRead: () => undefined,
})
