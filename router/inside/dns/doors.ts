import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Door } from '../doors.ts'
import { isInstance, type Network } from '../network.ts'
import { frame, readFrames } from './frames.ts'
import type { Answer } from './resolver.ts'

type Options = { network(): Network; port: number; answer: Answer }

const mostConnections = 32
const idleMs = 10_000

export function udpDoor({ network, port, answer }: Options): Door {
  let socket: UdpSocket | undefined

  async function onMessage(from: UdpSocket, query: Buffer, peer: { address: string; port: number }): Promise<void> {
    if (!isInstance(network(), peer.address)) return
    const reply = await answer(query, 'udp')
    // It may have been closed meanwhile, and whoever does not get an answer asks again.
    if (reply !== undefined && from === socket) from.send(reply, peer.port, peer.address, () => {})
  }

  return {
    name: `UDP port ${port}`,
    async open() {
      const opening = createSocket('udp4')
      try {
        opening.bind(port, network().gateway)
        await once(opening, 'listening')
      } catch (error) {
        opening.close()
        throw error
      }
      opening.on('error', () => {})
      opening.on('message', (query, peer) => void onMessage(opening, query, peer))
      socket = opening
    },
    async close() {
      socket?.close()
      socket = undefined
    },
  }
}

export function tcpDoor({ network, port, answer }: Options): Door {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // One that was reset closes as well.
    socket.on('error', () => {})
    socket.setTimeout(idleMs, () => socket.destroy())
    if (isInstance(network(), socket.remoteAddress))
      pipeline(socket, converse, socket).catch(() => {}) // it broke
    else socket.destroy()
  })
  server.maxConnections = mostConnections
  // Of one connection that could not be taken.
  server.on('error', () => {})

  /** One query at a time: who asks faster, or does not read the answers, waits. */
  async function* converse(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const query of readFrames(chunks)) {
      const reply = await answer(query, 'tcp')
      if (reply === undefined) return
      yield frame(reply)
    }
  }

  return {
    name: `TCP port ${port}`,
    async open() {
      server.listen(port, network().gateway)
      await once(server, 'listening')
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
