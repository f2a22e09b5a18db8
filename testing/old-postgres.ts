import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * Speaks as much of PostgreSQL's protocol (version 3.0) as it takes to be asked for one number: lets everybody in, and answers the question
 * for its version. @returns its DATABASE_URL
 */
export async function startOldPostgres(version: number): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.once('error', () => socket.destroy())
    serve(socket, version)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('it listens on a port')
  return `postgresql://micro:hunter2@127.0.0.1:${address.port}/micro`
}

function serve(socket: Socket, version: number): void {
  let received = Buffer.alloc(0)
  let started = false
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    for (;;) {
      // The first message has no type; every length counts itself, and the type not.
      const typeBytes = started ? 1 : 0
      if (received.length < typeBytes + 4) return
      const end = typeBytes + received.readInt32BE(typeBytes)
      if (received.length < end) return
      const type = started ? received.toString('latin1', 0, 1) : 'start-up'
      const body = received.toString('utf8', typeBytes + 4, end)
      received = received.subarray(end)
      started = true
      if (type === 'start-up') socket.write(Buffer.concat([authenticated, parameter('server_version', `${version}.0`), ready]))
      else if (type === 'Q') socket.write(Buffer.concat([...answer(body, version), ready]))
      else socket.end()
    }
  })
}

const int16 = (value: number) => Buffer.from([value >> 8, value & 0xff])
const int32 = (value: number) => Buffer.from([value >> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff])
const text = (value: string) => Buffer.from(`${value}\0`)
const message = (type: string, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

const authenticated = message('R', int32(0))
const ready = message('Z', Buffer.from('I'))
const parameter = (name: string, value: string) => message('S', text(name), text(value))

function answer(query: string, version: number): Buffer[] {
  if (!query.includes("current_setting('server_version_num')"))
    return [message('E', text('SERROR'), text('C0A000'), text(`Mnothing but its version can be asked: ${query}`), Buffer.from([0]))]
  const integerType = 23
  const column = [text('version'), int32(0), int16(0), int32(integerType), int16(4), int32(-1), int16(0)]
  const value = Buffer.from(String(version))
  return [message('T', int16(1), ...column), message('D', int16(1), int32(value.length), value), message('C', text('SELECT 1'))]
}
