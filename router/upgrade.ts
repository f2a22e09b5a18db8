import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Exchange } from './exchange.ts'
import { type Headers, list, replyHeaders, requestHeaders } from './headers.ts'
import { deliver, type HttpForward, hasBody } from './http.ts'
import { Refusal } from './refusal.ts'

/** Forwards an upgrade to WebSocket; once the service agreed, bytes pass both ways unread until either side ends. */
export async function forwardUpgrade(exchange: Exchange, forward: UpgradeForward): Promise<void> {
  const { upgrade, signal } = exchange
  if (upgrade === undefined) throw new Refusal(400, 'The request does not ask for an upgrade.')
  // It would not be forwarded, and whoever was told of it would take the connection's next request for it.
  if (hasBody(exchange)) throw new Refusal(400, 'A request to upgrade has no body.')
  const headers: Headers = { ...requestHeaders(exchange, forward.passing), connection: 'Upgrade', upgrade: 'websocket' }
  const upstream = await forward.send({ method: 'GET', path: forward.target, headers, signal })
  const release = forward.hold()
  try {
    const outcome = await answered(upstream, signal)
    if (outcome.socket === undefined) return await deliver(exchange, outcome.answer, forward)
    upgrade.detach()
    upgrade.socket.write(switchingProtocols(replyHeaders(exchange, outcome.answer.rawHeaders, forward.passing)))
    await join(upgrade, { socket: outcome.socket, head: outcome.head })
  } finally {
    release()
  }
}

export type UpgradeForward = HttpForward & {
  /** Counts the connection as in flight: the request that it came from ends with the agreement. */
  hold(): () => void
}

type Outcome = { answer: IncomingMessage; socket?: undefined } | { answer: IncomingMessage; socket: Duplex; head: Buffer }

function answered(upstream: ClientRequest, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const cancel = () => upstream.destroy()
    signal.addEventListener('abort', cancel, { once: true })
    const settle = () => signal.removeEventListener('abort', cancel)
    const fail = (cause: Error) => reject(new Refusal(502, 'The service broke off the connection before it answered.', { cause }))
    upstream.on('error', fail)
    upstream.once('response', (answer) => {
      answer.once('close', settle)
      resolve({ answer })
    })
    upstream.once('upgrade', (answer, socket, head) => {
      settle()
      resolve({ answer, socket, head })
    })
    upstream.once('close', () => fail(new Error('Closed without an answer.')))
    upstream.end()
    if (signal.aborted) cancel()
  })
}

/** Resolves when both sides are closed. */
function join(client: { socket: Duplex; head: Buffer }, service: { socket: Duplex; head: Buffer }): Promise<void> {
  const [a, b] = [client.socket, service.socket]
  if (client.head.length > 0) b.write(client.head)
  if (service.head.length > 0) a.write(service.head)
  const closed = [a, b].map(
    (socket) =>
      new Promise<void>((resolve) => {
        const end = () => {
          a.destroy()
          b.destroy()
          resolve()
        }
        // A connection that was reset closes as well, and that is all there is to do about it.
        socket.on('error', () => {})
        if (socket.closed) end()
        else socket.once('close', end)
      }),
  )
  a.pipe(b)
  b.pipe(a)
  return Promise.all(closed).then(() => {})
}

function switchingProtocols(headers: Record<string, number | string | readonly string[] | undefined>): string {
  const lines = Object.entries({ ...headers, connection: 'Upgrade', upgrade: 'websocket' }).flatMap(([name, value]) =>
    list(Array.isArray(value) ? [...value] : value === undefined ? undefined : String(value)).map((each) => `${name}: ${each}\r\n`),
  )
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`
}
