import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type SlowSocket = {
  path: string
  /** How long each request waits before it goes on. */
  delayMs: number
  /** True of a request whose answer never comes: the connection ends once the other side has done what was asked. */
  losesAnswerTo(head: string): boolean
  close(): Promise<void>
}

/** A Unix socket that passes on to another one, as slowly and as badly as a test wants. */
export async function createSlowSocket(target: string): Promise<SlowSocket> {
  const directory = await mkdtemp(join(tmpdir(), 'micro-slow-'))
  const sockets = new Set<Socket>()
  const slow: SlowSocket = {
    path: join(directory, 'slow.sock'),
    delayMs: 0,
    losesAnswerTo: () => false,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  const server = createServer((client) => {
    const upstream = connect(target)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.once('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
    }
    let lost = false
    client.on('data', (chunk) => {
      lost ||= slow.losesAnswerTo(chunk.toString('latin1').split('\r\n')[0] ?? '')
      client.pause()
      setTimeout(() => {
        upstream.write(chunk)
        client.resume()
      }, slow.delayMs)
    })
    upstream.on('data', (chunk) => (lost ? client.destroy() : client.write(chunk)))
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(slow.path, resolve))
  return slow
}
