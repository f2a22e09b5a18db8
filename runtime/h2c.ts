import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import type { Address } from './runtime.ts'

/** RFC 9113, 3.4: what a client with prior knowledge begins with, an empty SETTINGS frame after it. */
const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])])
const frameHeaderBytes = 9

export type Wire = 'closed' | 'http' | 'h2c'

/** What the address speaks: an HTTP/2 server answers the preface with SETTINGS; whatever else accepts a connection counts as HTTP/1.1. */
export function detectWire(
  address: Address,
  options: { signal: AbortSignal; silenceMs: number /** False: an accepted connection is enough, nothing is sent. */; speak: boolean },
): Promise<Wire> {
  return new Promise((resolve) => {
    const socket = connect(address.port, address.host)
    let connected = false
    let received = Buffer.alloc(0)
    const done = (wire: Wire) => {
      options.signal.removeEventListener('abort', gone)
      socket.destroy()
      resolve(wire)
    }
    const gone = () => done(connected ? 'http' : 'closed')
    options.signal.addEventListener('abort', gone, { once: true })
    socket.setTimeout(options.silenceMs, gone)
    socket.on('error', gone)
    socket.on('close', gone)
    socket.on('connect', () => {
      connected = true
      if (!options.speak) done('http')
      else socket.write(preface)
    })
    socket.on('data', (data) => {
      received = Buffer.concat([received, data])
      if (received.length >= frameHeaderBytes) done(isSettings(received) ? 'h2c' : 'http')
    })
  })
}

/** Length divisible by six, type 4, stream 0. */
const isSettings = (frame: Buffer): boolean =>
  frame.readUIntBE(0, 3) % 6 === 0 && frame[3] === 4 && (frame.readUInt32BE(5) & 0x7fffffff) === 0

/** The status of a GET over HTTP/2 with prior knowledge. */
export function getStatusH2c(address: Address, path: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(urlOf(address))
    const end = () => session.destroy()
    signal.addEventListener('abort', end, { once: true })
    session.on('error', reject)
    session.on('close', () => {
      signal.removeEventListener('abort', end)
      reject(new Error('the connection was closed'))
    })
    const stream = session.request({ ':path': path })
    stream.on('error', reject)
    stream.on('response', (headers) => {
      resolve(headers[':status'] ?? 0)
      end()
    })
    stream.end()
  })
}

export const urlOf = ({ host, port }: Address): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`
