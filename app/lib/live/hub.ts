import { type Connection, connect, Unauthenticated } from './connection.ts'
import type { FromHub, LiveStatus, ToHub } from './messages.ts'

/** The part of a MessagePort that the hub uses. */
export type Port = { postMessage(message: FromHub): void; onmessage: ((event: { data: ToHub }) => void) | null }

const firstDelayMs = 250
const longestDelayMs = 10_000
/** A page that navigates leaves and comes back; the connection is kept for it. */
const lingerMs = 5_000

/** Serves the pages of one browser over one connection to the server, which is there while any page is. */
export class Hub {
  readonly #endpoint: string
  readonly #ports = new Map<Port, string>()
  #status: LiveStatus = 'connecting'
  #connection: Connection | undefined
  #running = false
  #names = 0

  constructor(endpoint: string) {
    this.#endpoint = endpoint
  }

  attach(port: Port): void {
    this.#join(port)
    port.onmessage = ({ data }) => this.#receive(port, data)
  }

  #join(port: Port): void {
    this.#ports.set(port, `${this.#names++}`)
    port.postMessage({ type: 'status', status: this.#status === 'unauthenticated' ? 'connecting' : this.#status })
    if (!this.#running) void this.#run()
  }

  #receive(port: Port, message: ToHub): void {
    const name = this.#ports.get(port)
    if (message.type === 'leave') this.#leave(port)
    // A page that left comes back from the browser's back-forward cache; told of the status, it subscribes again.
    else if (name === undefined) this.#join(port)
    else if (message.type === 'unsubscribe') this.#connection?.stop(`${name}:${message.id}`)
    else this.#start(`${name}:${message.id}`, message.document, message.variables)
  }

  #start(id: string, document: string, variables: Record<string, unknown>): void {
    const connection = this.#connection
    connection?.start(id, document, variables).catch(() => connection.close())
  }

  #leave(port: Port): void {
    this.#ports.delete(port)
    if (this.#ports.size > 0) return
    setTimeout(() => this.#ports.size === 0 && this.#connection?.close(), lingerMs)
  }

  async #run(): Promise<void> {
    this.#running = true
    let delayMs = firstDelayMs
    while (this.#ports.size > 0) {
      try {
        this.#connection = await connect(this.#endpoint)
        delayMs = firstDelayMs
        this.#tell('open')
        await this.#deliver(this.#connection)
      } catch (error) {
        if (error instanceof Unauthenticated) break
        // Anything else is a connection that failed: told to the pages below, and tried again.
      }
      this.#connection = undefined
      this.#tell('reconnecting')
      await pause(delayMs * (0.5 + Math.random()))
      delayMs = Math.min(delayMs * 2, longestDelayMs)
    }
    this.#running = false
    if (this.#ports.size > 0) this.#tell('unauthenticated')
    else this.#status = 'connecting'
  }

  async #deliver(connection: Connection): Promise<void> {
    for await (const result of connection.results) {
      const [name, ...rest] = result.id.split(':')
      const id = rest.join(':')
      for (const [port, owner] of this.#ports) {
        if (owner !== name) continue
        port.postMessage(result.type === 'next' ? { type: 'next', id, payload: result.payload } : { type: 'complete', id })
      }
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
