/**
 * Notifications between the platform's processes. Delivery is at most once and unordered across publishers: a message
 * says "look again", the truth is in PostgreSQL. Subscribers re-read after (re)connecting: the iterator yields
 * `undefined` once whenever messages may have been missed, including right after it has subscribed.
 */
export interface Bus {
  /** @param message JSON value of at most 7,000 bytes when encoded; larger ones are refused with `invalid_argument` */
  publish(channel: string, message: BusMessage): Promise<void>
  /** Ends when the signal aborts. The subscription is in force before the first value is yielded. */
  subscribe(channel: string, options: { signal: AbortSignal }): AsyncIterable<BusMessage | undefined>
  close(): Promise<void>
}

export type BusMessage = { readonly [key: string]: string | number | boolean | null }
