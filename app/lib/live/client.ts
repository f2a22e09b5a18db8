import { ApiError, problemOf } from '../errors.ts'
import { Hub, type Port } from './hub.ts'
import type { FromHub, LiveStatus, ToHub } from './messages.ts'

export type Subscription<T> = {
  document: string
  /** Asked at each (re)connection, so that a log goes on after its last line. */
  variables: () => Record<string, unknown>
  onData(data: T): void
  onError(error: ApiError): void
  onEnd?(): void
}

type Wanted = Subscription<unknown>

/** A page's end of the live connection. */
export class LiveClient {
  readonly #wanted = new Map<string, Wanted>()
  readonly #listeners = new Set<() => void>()
  readonly #port: MessagePort
  #status: LiveStatus = 'connecting'
  #ids = 0

  constructor(port: MessagePort) {
    this.#port = port
    port.onmessage = ({ data }: MessageEvent<FromHub>) => this.#receive(data)
    addEventListener('pagehide', () => this.#send({ type: 'leave' }))
    addEventListener('pageshow', ({ persisted }) => persisted && this.#subscribeAll())
  }

  get status(): LiveStatus {
    return this.#status
  }

  onStatus(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @returns what ends the subscription */
  subscribe<T>(subscription: Subscription<T>): () => void {
    const id = `${this.#ids++}`
    // The type of data is what the document asks for: the caller says it.
    this.#wanted.set(id, subscription as Wanted)
    if (this.#status === 'open') this.#start(id, subscription as Wanted)
    return () => {
      if (this.#wanted.delete(id)) this.#send({ type: 'unsubscribe', id })
    }
  }

  #receive(message: FromHub): void {
    if (message.type === 'status') this.#changeStatus(message.status)
    else this.#deliver(message)
  }

  #deliver(message: Exclude<FromHub, { type: 'status' }>): void {
    const wanted = this.#wanted.get(message.id)
    if (message.type === 'complete') {
      this.#wanted.delete(message.id)
      wanted?.onEnd?.()
      return
    }
    const [error] = message.payload.errors ?? []
    if (error) wanted?.onError(new ApiError(problemOf(error)))
    else wanted?.onData(message.payload.data)
  }

  #changeStatus(status: LiveStatus): void {
    this.#status = status
    if (status === 'open') this.#subscribeAll()
    for (const listener of this.#listeners) listener()
  }

  #subscribeAll(): void {
    for (const [id, wanted] of this.#wanted) this.#start(id, wanted)
  }

  #start(id: string, { document, variables }: Wanted): void {
    this.#send({ type: 'subscribe', id, document, variables: variables() })
  }

  #send(message: ToHub): void {
    this.#port.postMessage(message)
  }
}

let client: LiveClient | undefined

/** The page's live client; made when first needed. A worker belongs to one user, so that nobody inherits another's stream. */
export function liveClient(userId: string): LiveClient {
  client ??= new LiveClient(openPort(userId))
  return client
}

function openPort(userId: string): MessagePort {
  if (typeof SharedWorker === 'function') {
    return new SharedWorker(new URL('./worker.ts', import.meta.url), { name: `live-${userId}`, type: 'module' }).port
  }
  // Chrome on Android has no SharedWorker: there each page holds a connection of its own.
  const { port1, port2 } = new MessageChannel()
  new Hub('/graphql/stream').attach(port2 as Port)
  return port1
}
