import type { Socket } from 'node:net'

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/**
 * Looks at the first bytes of a connection and gives it on with all of them still to be read.
 * It reads in `readable` events: a `data` listener that pauses and resumes would lose bytes of HTTP/2.
 */
export function peek(socket: Socket, { timeoutMs, onVersion }: { timeoutMs: number; onVersion: (version: 1 | 2) => void }): void {
  let seen = Buffer.alloc(0)
  const end = () => socket.destroy()
  const timer = setTimeout(end, timeoutMs)
  socket.once('end', end)
  socket.on('error', end)

  const decide = (version: 1 | 2) => {
    clearTimeout(timer)
    socket.off('end', end)
    socket.off('error', end)
    socket.off('readable', look)
    socket.unshift(seen)
    onVersion(version)
  }
  const look = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) seen = Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, preface.length)
    if (!seen.subarray(0, length).equals(preface.subarray(0, length))) return decide(1)
    if (length === preface.length) return decide(2)
    if (!socket.destroyed) socket.once('readable', look)
  }
  socket.once('readable', look)
  socket.once('close', () => clearTimeout(timer))
}
