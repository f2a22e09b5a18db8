import { type Connection, connect, type Result, Unauthenticated } from './connection.ts'
import type { FromHub, LiveStatus, ToHub } from './messages.ts'

/** The part of a MessagePort that the hub uses. */
export type Port = { postMessage(message: FromHub): void; onmessage: ((event: { data: ToHub }) => void) | null }

type Operation = { document: string; variables: Record<string, unknown> }
type Page = { name: string; operations: Set<string> }

export type HubTimes = {
  firstDelayMs: number
  longestDelayMs: number
  /** A connection that lasted this long was a good one: the next attempt need not wait. */
  goodAfterMs: number
  /** A page that navigates leaves and comes back; the connection is kept for it. */
  lingerMs: number
}

const usual: HubTimes = { firstDelayMs: 250, longestDelayMs: 10_000, goodAfterMs: 5_000, lingerMs: 5_000 }

/** Serves the pages of one browser over one connection to the server, which is there while any page is. */
export class Hub {
  readonly #endpoint: string
  readonly #times: HubTimes
  readonly #ports = new Map<Port, Page>()
  #status: LiveStatus = 'connecting'
  #connection: Connection | undefined
  #running = false
  #names = 0

  constructor(endpoint: string, times: HubTimes = usual) {
    this.#endpoint = endpoint
    this.#times = times
  }

  attach(port: Port): void {
    port.onmessage = ({ data }) => this.#receive(port, data)
    this.#join(port)
  }

  #receive(port: Port, message: ToHub): void {
    const page = this.#ports.get(port)
    if (message.type === 'join') this.#join(port)
    else if (message.type === 'leave') this.#leave(port)
    else if (page && message.type === 'unsubscribe') this.#stop(page, `${page.name}:${message.id}`)
    else if (page && message.type === 'subscribe') this.#start(page, `${page.name}:${message.id}`, message)
  }

  #start(page: Page, id: string, { document, variables }: Operation): void {
    const connection = this.#connection
    if (!connection) return
    page.operations.add(id)
    connection
      .start(id, document, variables)
      .then((refused) => refused && this.#deliver(refused))
      .catch(() => connection.close())
  }

  #join(port: Port): void {
    this.#ports.set(port, { name: `${this.#names++}`, operations: new Set() })
    if (!this.#running) void this.#run()
    port.postMessage({ type: 'status', status: this.#status })
  }

  #stop(page: Page, id: string): void {
    if (page.operations.delete(id)) this.#connection?.stop(id)
  }

  #leave(port: Port): void {
    const page = this.#ports.get(port)
    for (const id of page?.operations ?? []) this.#connection?.stop(id)
    this.#ports.delete(port)
    if (this.#ports.size > 0) return
    setTimeout(() => this.#ports.size === 0 && this.#connection?.close(), this.#times.lingerMs)
  }

  async #run(): Promise<void> {
    this.#running = true
    this.#status = 'connecting'
    let delayMs = this.#times.firstDelayMs
    while (this.#ports.size > 0) {
      const startedAt = Date.now()
      try {
        this.#connection = await connect(this.#endpoint)
        this.#tell('open')
        for await (const result of this.#connection.results) this.#deliver(result)
      } catch (error) {
        if (error instanceof Unauthenticated) return this.#rest('unauthenticated')
        // Anything else is a connection that failed: told to the pages below, and tried again.
      }
      this.#connection = undefined
      for (const { operations } of this.#ports.values()) operations.clear()
      if (this.#ports.size === 0) break
      this.#tell('reconnecting')
      if (Date.now() - startedAt > this.#times.goodAfterMs) delayMs = this.#times.firstDelayMs
      await pause(delayMs * (0.5 + Math.random()))
      delayMs = Math.min(delayMs * 2, this.#times.longestDelayMs)
    }
    this.#rest('connecting')
  }

  /** Until another page joins. */
  #rest(status: LiveStatus): void {
    this.#running = false
    this.#tell(status)
  }

  #deliver(result: Result): void {
    const colon = result.id.indexOf(':')
    const id = result.id.slice(colon + 1)
    for (const [port, { name, operations }] of this.#ports) {
      if (name !== result.id.slice(0, colon)) continue
      if (result.type === 'complete') operations.delete(result.id)
      port.postMessage({ ...result, id })
    }
  }

  #tell(status: LiveStatus): void {
    this.#status = status
    for (const port of this.#ports.keys()) port.postMessage({ type: 'status', status })
  }
}

/** Waits, but not longer than until the machine is online again. */
function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      globalThis.removeEventListener?.('online', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    globalThis.addEventListener?.('online', done)
  })
}
