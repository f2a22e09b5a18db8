import type { IncomingMessage } from 'node:http'
import { PlatformError } from '../lib/errors.ts'
import { limits } from './limits.ts'

/** The JSON of a request's body. @throws PlatformError `resource_exhausted` when it is too large, `invalid_argument` when it is no JSON */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limits.bodyBytes)
      throw new PlatformError('resource_exhausted', 'A GraphQL request has at most 1 MiB.', { reason: 'BODY_TOO_LARGE' })
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new PlatformError('invalid_argument', 'The body of a GraphQL request is JSON.', { reason: 'BODY_MALFORMED' })
  }
}
