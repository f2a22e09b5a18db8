import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns'
import { once } from 'node:events'
import { connect, isIP, isIPv6 } from 'node:net'
import { frame, readFrames } from './frames.ts'

export type Transport = 'udp' | 'tcp'

/** Asks the machine's resolvers, as they are configured now. */
export interface Forwarder {
  /** The answer as it came, under the query's own id; undefined when nobody answers in time, or too much is asked at once. */
  ask(query: Buffer, transport: Transport): Promise<Buffer | undefined>
}

export type Resolvers = () => readonly string[]

/** Of all namespaces together. */
const mostInFlight = 512
const attemptMs = 2_000
const attempts = 3
const resolversMs = 5_000

/** @param resolvers `address` or `address:port`, IPv6 in brackets where a port follows */
export function createForwarder(resolvers: Resolvers = machineResolvers()): Forwarder {
  let inFlight = 0

  async function ask(query: Buffer, transport: Transport): Promise<Buffer | undefined> {
    const known = resolvers()
    for (let attempt = 0; attempt < attempts && known.length > 0; attempt++) {
      const server = endpointOf(known[attempt % known.length] ?? '')
      // An id of our own, and each time another: whoever guesses what an instance asks cannot answer for the resolver.
      const sent = Buffer.from(query)
      sent.writeUInt16BE(randomInt(0x10000), 0)
      const answer = await (transport === 'udp' ? askUdp : askTcp)(sent, server, AbortSignal.timeout(attemptMs)).catch(() => undefined) // the next one
      if (answer === undefined) continue
      answer.writeUInt16BE(query.readUInt16BE(0), 0)
      return answer
    }
    return undefined
  }

  return {
    async ask(query, transport) {
      if (inFlight >= mostInFlight) return undefined
      inFlight++
      try {
        return await ask(query, transport)
      } finally {
        inFlight--
      }
    },
  }
}

type Endpoint = { address: string; port: number }

async function askUdp(query: Buffer, { address, port }: Endpoint, signal: AbortSignal): Promise<Buffer> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  try {
    // Connected, the kernel passes on nothing but what comes from there.
    socket.connect(port, address)
    await once(socket, 'connect', { signal })
    socket.send(query)
    for (;;) {
      const [answer]: Buffer[] = await once(socket, 'message', { signal })
      if (answer !== undefined && answers(answer, query)) return answer
    }
  } finally {
    socket.close()
  }
}

async function askTcp(query: Buffer, { address, port }: Endpoint, signal: AbortSignal): Promise<Buffer> {
  const socket = connect({ host: address, port, signal })
  try {
    await once(socket, 'connect', { signal })
    socket.write(frame(query))
    for await (const answer of readFrames(socket)) if (answers(answer, query)) return answer
    throw new Error('The resolver closed the connection.')
  } finally {
    socket.destroy()
  }
}

const answers = (answer: Buffer, query: Buffer): boolean =>
  answer.length >= 12 && answer.readUInt16BE(0) === query.readUInt16BE(0) && (answer.readUInt8(2) & 0x80) !== 0

function endpointOf(text: string): Endpoint {
  if (isIP(text)) return { address: text, port: 53 }
  const { hostname, port } = new URL(`dns://${text}`)
  return { address: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) }
}

/** Read again now and then: they change when the machine moves to another network. */
function machineResolvers(): Resolvers {
  let known: readonly string[] = []
  let readAt = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() - readAt > resolversMs) {
      readAt = performance.now()
      known = new Resolver().getServers()
    }
    return known
  }
}
