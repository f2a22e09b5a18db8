import { createServer } from 'node:net'

/** The loopback ports of all instances: never two the same, also while nobody listens on one yet. */
export class Ports {
  readonly #chosen = new Map<string, number>()

  keep(id: string, port: number): void {
    this.#chosen.set(id, port)
  }

  release(id: string): void {
    this.#chosen.delete(id)
  }

  /** A free port: the preferred one when it can be had. */
  async choose(id: string, preferred?: number): Promise<number> {
    if (preferred !== undefined && (await bind(preferred)) === preferred && this.#isFree(preferred, id)) return preferred
    for (;;) {
      const port = await bind(0)
      // Looked at after the wait: another instance may have chosen the same meanwhile.
      if (port === undefined || !this.#isFree(port, id)) continue
      this.keep(id, port)
      return port
    }
  }

  #isFree(port: number, id: string): boolean {
    for (const [owner, chosen] of this.#chosen) if (chosen === port && owner !== id) return false
    return true
  }
}

/** Binds the port for a moment; undefined when something else has it. */
function bind(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
}
