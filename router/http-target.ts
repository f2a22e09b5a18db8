import { Agent, type ClientRequest, request } from 'node:http'
import { connect } from 'node:net'
import type { Headers } from './headers.ts'
import { type Address, type InFlight, NotSent, type Target } from './target.ts'

export type HttpOutgoing = { method: string; path: string; headers: Headers; signal: AbortSignal }

export type HttpTarget = Target<HttpOutgoing, ClientRequest>

/** Below the five seconds after which Node and most Python servers close an idle connection, perhaps just as a request is on its way. */
const idleMs = 4_000

export function createHttpTarget(address: Address, inFlight: InFlight, connectMs: number): HttpTarget {
  const agent = new Agent({ keepAlive: true, timeout: idleMs, maxFreeSockets: 64 })
  const where = 'path' in address ? { socketPath: address.path } : address

  return {
    ready: (signal) => accepts(address, signal),
    send(outgoing) {
      const { method, path, headers } = outgoing
      const sent = request({ ...where, agent, method, path, headers, setHost: false })
      const release = inFlight.hold()
      sent.once('close', release)
      return connected(sent, connectMs, outgoing.signal)
    },
    drain: inFlight.drain,
    close: () => agent.destroy(),
  }
}

/** Resolves when the request has an open connection; until then nothing of it was written to anyone. */
function connected(sent: ClientRequest, connectMs: number, signal: AbortSignal): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => sent.destroy(new Error('No connection in time.')), connectMs)
    const abort = () => sent.destroy(new Error('The client left.'))
    signal.addEventListener('abort', abort, { once: true })
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      sent.off('error', fail)
      // Whoever gets the request listens too; an error in between must not end the process.
      sent.on('error', () => {})
    }
    const fail = (error: Error) => {
      settle()
      reject(new NotSent(error))
    }
    sent.on('error', fail)
    sent.once('socket', (socket) => {
      const open = () => {
        settle()
        resolve(sent)
      }
      if (socket.connecting) socket.once('connect', open)
      else open()
    })
    if (signal.aborted) abort()
  })
}

function accepts(address: Address, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(address)
    const abort = () => socket.destroy(new Error('Not in time.'))
    signal.addEventListener('abort', abort, { once: true })
    socket.once('connect', () => {
      resolve()
      socket.destroy()
    })
    socket.once('error', (error) => reject(new NotSent(error)))
    socket.once('close', () => signal.removeEventListener('abort', abort))
    if (signal.aborted) abort()
  })
}
