import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { isDatabaseAway } from '../prisma/errors.ts'

const everyMs = 250

type Callback = Parameters<pg.Pool['connect']>[0]

/**
 * Connections that come once the database answers, and that do no harm when they break. BullMQ would ask again without a pause while it is
 * away; and the loss of a connection that it has taken, but not begun to listen to, would end the process.
 */
export class PatientPool extends pg.Pool {
  readonly #stop = new AbortController()

  constructor(config: pg.PoolConfig) {
    super(config)
    // Whoever uses a connection hears of its end by his query.
    this.on('connect', (client) => client.on('error', () => undefined))
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: Callback): void
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    const connected = this.#connectPatiently()
    if (!callback) return connected
    connected.then(
      (client) => callback(undefined, client, (release) => client.release(release)),
      (error: Error) => callback(error, undefined, () => undefined),
    )
    return undefined
  }

  /** Whoever waits for a connection gets an error now. */
  stopWaiting(): void {
    this.#stop.abort()
  }

  async #connectPatiently(): Promise<pg.PoolClient> {
    for (;;) {
      try {
        return await super.connect()
      } catch (error) {
        if (this.#stop.signal.aborted || !isDatabaseAway(error)) throw error
        await pause(everyMs, undefined, { signal: this.#stop.signal })
      }
    }
  }
}
