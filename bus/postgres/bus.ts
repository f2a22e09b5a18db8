import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { PlatformError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Bus, BusMessage } from '../bus.ts'
import { createMailboxes } from '../mailboxes.ts'

/** All channels share one of PostgreSQL's, so that a process needs one LISTEN, whatever the names are. */
const pgChannel = 'micro'
/** PostgreSQL takes less than 8,000 bytes a notification. */
const maxBytes = 7_000

/** LISTEN/NOTIFY over one connection that listens and one that publishes. */
export function createPostgresBus(options: { url: string; log: Log }): Bus {
  const { url, log } = options
  const stop = new AbortController()
  const publisher = new pg.Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0 })
  publisher.on('error', (error) => log.warn({ error: error.message }, 'bus: publishing connection lost'))
  let listening = false
  const mailboxes = createMailboxes(() => listening)
  let closed: Promise<unknown> | undefined
  const loop = listen()

  return {
    async publish(channel, message) {
      const text = JSON.stringify([channel, message])
      if (Buffer.byteLength(text) > maxBytes) throw new PlatformError('invalid_argument', 'A notification is limited to 7,000 bytes.')
      const send = () => publisher.query('SELECT pg_notify($1, $2)', [pgChannel, text])
      // A connection that was cut is noticed when it is used; the next one is a new one.
      await send().catch(send)
    },

    subscribe: (channel, { signal }) => mailboxes.take(channel, AbortSignal.any([signal, stop.signal])),

    async close() {
      stop.abort()
      closed ??= Promise.all([loop, publisher.end()])
      await closed
    },
  }

  async function listen(): Promise<void> {
    for (let delayMs = 50; !stop.signal.aborted; delayMs = Math.min(delayMs * 2, 2_000)) {
      const client = new pg.Client({ connectionString: url, keepAlive: true })
      try {
        const lost = new Promise<void>((resolve) => {
          client.on('error', () => resolve())
          client.on('end', () => resolve())
          stop.signal.addEventListener('abort', () => resolve(), { once: true })
        })
        client.on('notification', ({ payload }) => deliver(payload ?? ''))
        await client.connect()
        await client.query(`LISTEN ${pgChannel}`)
        listening = true
        delayMs = 50
        mailboxes.missed()
        await lost
      } catch (error) {
        log.warn({ error: String(error) }, 'bus: cannot listen, trying again')
      } finally {
        listening = false
        await client.end().catch((error: unknown) => log.debug({ error: String(error) }, 'bus: closing a lost connection'))
      }
      if (!stop.signal.aborted) await pause(delayMs, undefined, { signal: stop.signal }).catch(() => undefined) // aborted: the loop ends
    }
  }

  function deliver(payload: string): void {
    const [channel, message] = JSON.parse(payload) as [string, BusMessage]
    mailboxes.deliver(channel, message)
  }
}
