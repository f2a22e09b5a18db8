import { EventEmitter, on } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { PlatformError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Bus, BusMessage } from '../bus.ts'

/** All channels share one of PostgreSQL's, so that a process needs one LISTEN, whatever the names are. */
const pgChannel = 'micro'
/** PostgreSQL takes less than 8,000 bytes a notification. */
const maxBytes = 7_000

/** A name of the emitter's own, such as `error`, is a channel like any other. */
const eventOf = (channel: string) => `channel ${channel}`

/** LISTEN/NOTIFY over one connection that listens and one that publishes. */
export function createPostgresBus(options: { url: string; log: Log }): Bus {
  const { url, log } = options
  const events = new EventEmitter().setMaxListeners(0)
  const stop = new AbortController()
  const publisher = new pg.Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0 })
  publisher.on('error', (error) => log.warn({ error: error.message }, 'bus: publishing connection lost'))
  let listening = false
  let closed: Promise<unknown> | undefined
  const loop = listen()

  return {
    async publish(channel, message) {
      const text = JSON.stringify([channel, message])
      if (Buffer.byteLength(text) > maxBytes) throw new PlatformError('invalid_argument', 'A notification is limited to 7,000 bytes.')
      await publisher.query('SELECT pg_notify($1, $2)', [pgChannel, text])
    },

    async *subscribe(channel, { signal }) {
      const ended = AbortSignal.any([signal, stop.signal])
      if (ended.aborted) return
      const messages = on(events, eventOf(channel), { signal: ended })
      try {
        // Not yet, or not at the moment: it comes when the connection does.
        if (listening) yield undefined
        for await (const [message] of messages) {
          if (ended.aborted) return
          yield message as BusMessage | undefined
        }
      } catch (error) {
        if (!ended.aborted) throw error
      }
    },

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
        for (const name of events.eventNames()) events.emit(name, undefined)
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
    events.emit(eventOf(channel), message)
  }
}
