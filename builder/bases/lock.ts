import { createServer, type Server } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Runs the work while no other process of this machine does; the kernel ends the lock with its holder. */
export async function exclusively<Result>(name: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  let server = await hold(name)
  while (server === undefined) {
    await pause(200, undefined, { signal })
    server = await hold(name)
  }
  try {
    return await work()
  } finally {
    server.close()
  }
}

/** A name of abstract sockets is one process's at a time. */
function hold(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(`\0micro-${name}`, () => resolve(server))
    server.unref()
  })
}
