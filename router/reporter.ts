import { setTimeout as sleep } from 'node:timers/promises'

/** Tells the newest state of something: one telling at a time, what changes meanwhile in the next, the same never twice. */
export interface Reporter {
  changed(): void
  /** The next telling happens even if nothing changed: who is told may have forgotten. */
  again(): void
  close(): Promise<void>
}

const pauseMs = 20
const retryMs = 500

/**
 * @param options.read the state, and a text that is the same for the same state
 * @param options.tell told again later when it rejects
 */
export function createReporter<State>(options: {
  read(): { state: State; text: string }
  tell(state: State, signal: AbortSignal): Promise<void>
}): Reporter {
  const closing = new AbortController()
  let told: string | undefined
  let running: Promise<void> | undefined
  let dirty = false

  async function run(): Promise<void> {
    while (dirty && !closing.signal.aborted) {
      dirty = false
      const { state, text } = options.read()
      if (text === told) continue
      try {
        await options.tell(state, closing.signal)
        told = text
      } catch {
        // The control plane is away; the router serves on and tells it later.
        dirty = true
        await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => {})
        continue
      }
      await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  function changed(): void {
    dirty = true
    if (closing.signal.aborted) return
    running ??= run().finally(() => {
      running = undefined
      if (dirty) changed()
    })
  }

  return {
    changed,
    again() {
      told = undefined
      changed()
    },
    async close() {
      closing.abort()
      await running
    },
  }
}
