import type { DescService } from '@bufbuild/protobuf'
import { type Client, createClient } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
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
  const sessionManager = new Http2SessionManager(baseUrl)
  try {
    return await use(createClient(service, createGrpcTransport({ baseUrl, sessionManager, readMaxBytes: options.readMaxBytes })))
  } finally {
    sessionManager.abort()
  }
}
