import { ApiError, problemOf } from '../errors.ts'
import { Hub, type Port } from './hub.ts'
import type { FromHub, LiveStatus, Payload, ToHub } from './messages.ts'

export type Subscription<T> = {
  document: string
  /** Asked at each (re)connection, so that a log goes on after its last line. */
  variables: () => Record<string, unknown>
  onData(data: T): void
  /** The thing is gone, or may not be looked at. Anything else that fails is tried again without a word. */
  onError(error: ApiError): void
  /** Asked when the server says that it is complete: false when that is how it ends, true when it only broke off. */
  goesOn?: () => boolean
}

type Wanted = Subscription<unknown> & { retry?: ReturnType<typeof setTimeout> }

const retryMs = 2_000
const finalCodes = ['NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_ARGUMENT']

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
    addEventListener('pageshow', ({ persisted }) => persisted && this.#send({ type: 'join' }))
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
    const wanted = { ...subscription } as Wanted
    this.#wanted.set(id, wanted)
    if (this.#status === 'open') this.#start(id, wanted)
    return () => {
      clearTimeout(wanted.retry)
      if (this.#wanted.delete(id)) this.#send({ type: 'unsubscribe', id })
    }
  }

  #receive(message: FromHub): void {
    if (message.type === 'status') this.#changeStatus(message.status)
    else {
      const wanted = this.#wanted.get(message.id)
      if (!wanted) return
      if (message.type === 'complete') this.#complete(message.id, wanted)
      else this.#take(message.id, wanted, message.payload)
    }
  }

  #take(id: string, wanted: Wanted, { data, errors: [error] = [] }: Payload): void {
    if (error) this.#fail(id, wanted, new ApiError(problemOf(error)))
    else wanted.onData(data)
  }

  #fail(id: string, wanted: Wanted, error: ApiError): void {
    const { code } = error.problem
    if (code === 'UNAUTHENTICATED') this.#changeStatus('unauthenticated')
    else if (finalCodes.includes(code)) {
      this.#wanted.delete(id)
      wanted.onError(error)
    } else this.#startLater(id, wanted)
  }

  #complete(id: string, wanted: Wanted): void {
    if (wanted.goesOn?.() ?? true) this.#startLater(id, wanted)
    else this.#wanted.delete(id)
  }

  #changeStatus(status: LiveStatus): void {
    this.#status = status
    if (status === 'open') for (const [id, wanted] of this.#wanted) this.#start(id, wanted)
    for (const listener of this.#listeners) listener()
  }

  #start(id: string, { document, variables, retry }: Wanted): void {
    clearTimeout(retry)
    this.#send({ type: 'subscribe', id, document, variables: variables() })
  }

  #startLater(id: string, wanted: Wanted): void {
    clearTimeout(wanted.retry)
    wanted.retry = setTimeout(() => this.#status === 'open' && this.#start(id, wanted), retryMs)
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
