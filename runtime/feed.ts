import { EventEmitter, once } from 'node:events'
import type { Instance } from './runtime.ts'

/** Tells every watcher of changed instances. A slow watcher gets the newest state of each, never a growing backlog. */
export class Feed {
  readonly #emitter = new EventEmitter().setMaxListeners(0)
  readonly #watchers = new Set<Map<string, Instance>>()
  #closed = false

  publish(instance: Instance): void {
    for (const pending of this.#watchers) {
      // Deleted first: the order is that of the last changes.
      pending.delete(instance.id)
      pending.set(instance.id, instance)
    }
    this.#emitter.emit('change')
  }

  close(): void {
    this.#closed = true
    this.#emitter.emit('change')
  }

  async *watch(current: Instance[], signal: AbortSignal): AsyncGenerator<Instance> {
    const pending = new Map(current.map((instance) => [instance.id, instance]))
    this.#watchers.add(pending)
    try {
      while (!signal.aborted) {
        const [next] = pending
        if (next) {
          pending.delete(next[0])
          yield next[1]
        } else if (this.#closed) return
        else await once(this.#emitter, 'change', { signal }).catch(() => undefined) // Aborted: the loop's condition sees it.
      }
    } finally {
      this.#watchers.delete(pending)
    }
  }
}
