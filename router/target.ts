/** Where a target listens: TCP, or a UNIX socket of the platform's own processes. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string }

/**
 * One running instance, as the data plane sees it. Traffic moves to it only after `ready`, and it may go only after `drain`.
 * `Outgoing` and `Sent` are the protocol's: node:http requests, or HTTP/2 streams.
 */
export interface Target<Outgoing, Sent> {
  /** Resolves once it accepts a connection. @throws NotSent when it does not, or the signal aborted */
  ready(signal: AbortSignal): Promise<void>

  /**
   * Resolves once a connection stands and the request may be written to; counted as in flight until what was sent is closed.
   * @throws NotSent when no byte of the request reached the instance, so that another one can be tried
   */
  send(request: Outgoing): Promise<Sent>

  /** Resolves with true once nothing is in flight any more, or with false after `timeoutMs`. */
  drain(timeoutMs: number): Promise<boolean>

  /** Ends its connections. */
  close(): void
}

/** No byte of a request reached the instance. */
export class NotSent extends Error {
  override readonly name = 'NotSent'

  constructor(cause: unknown) {
    super('The instance does not accept connections.', { cause })
  }
}

/** Counts what is in flight to one instance. */
export interface InFlight {
  readonly count: number
  /** One more; call what it returns when that one is over (a second call does nothing). */
  hold(): () => void
  drain(timeoutMs: number): Promise<boolean>
}

export function createInFlight(onChange: () => void = () => {}): InFlight {
  let count = 0
  const waiting = new Set<() => void>()
  return {
    get count() {
      return count
    },
    hold() {
      count++
      onChange()
      let held = true
      return () => {
        if (!held) return
        held = false
        count--
        onChange()
        if (count === 0) for (const resolve of waiting) resolve()
      }
    },
    drain(timeoutMs) {
      if (count === 0) return Promise.resolve(true)
      return new Promise((resolve) => {
        const end = (drained: boolean) => {
          clearTimeout(timer)
          waiting.delete(onDrained)
          resolve(drained)
        }
        const onDrained = () => end(true)
        const timer = setTimeout(end, timeoutMs, false)
        waiting.add(onDrained)
      })
    },
  }
}
