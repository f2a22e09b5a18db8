import type { BusMessage } from './bus.ts'

/** What a driver delivers to the subscribers of its process. */
export type Mailboxes = {
  deliver(channel: string, message: BusMessage): void
  /** Tells every subscriber that messages may have been missed. */
  missed(): void
  /** What is delivered from the first `next` on until the signal aborts; what has not been taken by then is lost. */
  take(channel: string, signal: AbortSignal): AsyncGenerator<BusMessage | undefined>
}

/** @param delivering whether messages come at the moment: if so, a new subscriber is told so at once, otherwise by the next `missed` */
export function createMailboxes(delivering: () => boolean): Mailboxes {
  const channels = new Map<string, Set<Mailbox>>()

  function open(channel: string): Mailbox {
    const mailbox = new Mailbox()
    channels.set(channel, (channels.get(channel) ?? new Set()).add(mailbox))
    return mailbox
  }

  function close(channel: string, mailbox: Mailbox): void {
    const mailboxes = channels.get(channel)
    mailboxes?.delete(mailbox)
    if (mailboxes?.size === 0) channels.delete(channel)
  }

  return {
    deliver(channel, message) {
      for (const mailbox of channels.get(channel) ?? []) mailbox.put(message)
    },
    missed() {
      for (const mailboxes of channels.values()) for (const mailbox of mailboxes) mailbox.put(undefined)
    },
    async *take(channel, signal) {
      const mailbox = open(channel)
      if (delivering()) mailbox.put(undefined)
      const wake = () => mailbox.wake()
      signal.addEventListener('abort', wake)
      try {
        while (!signal.aborted) {
          if (mailbox.messages.length > 0) yield mailbox.messages.shift()
          else await mailbox.filled()
        }
      } finally {
        signal.removeEventListener('abort', wake)
        close(channel, mailbox)
      }
    },
  }
}

/** A subscriber that takes nothing for so long is told to look again, in place of each message. */
const maxWaiting = 1_000

class Mailbox {
  readonly messages: (BusMessage | undefined)[] = []
  wake: () => void = () => {}

  put(message: BusMessage | undefined): void {
    if (this.messages.length < maxWaiting) this.messages.push(message)
    else this.messages.splice(0, maxWaiting, undefined)
    this.wake()
  }

  /** Resolves at the next message or `wake`. */
  filled(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve
    })
  }
}
