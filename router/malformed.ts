import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { newId } from '../lib/ids.ts'
import { errorBody, Refusal } from './refusal.ts'

const lingerMs = 1_000

/** Answers what is not HTTP enough to have become a request. */
export function sendMalformed(error: NodeJS.ErrnoException, socket: Duplex, { busy }: { busy: boolean }): void {
  // In the middle of an answer, or after the client left, there is nobody to tell.
  if (busy || !socket.writable || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    socket.destroy()
    return
  }
  const refusal = refusalFor(error.code)
  const body = JSON.stringify(errorBody('micro.router', refusal))
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      `micro-request-id: ${newId('req')}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
  // Closed while it still sends, a client would see a reset instead of the answer.
  socket.resume()
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

function refusalFor(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return new Refusal(431, 'The headers of the request are too large.')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Refusal(408, 'The request did not come in time.')
  return new Refusal(400, 'The request is not well-formed HTTP.')
}
