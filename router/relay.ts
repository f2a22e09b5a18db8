import type { Readable, Writable } from 'node:stream'
import { Code, ConnectError } from '@connectrpc/connect'
import { Refusal } from './refusal.ts'

export type Stall = { afterMs: number; onStall: () => void }

/**
 * Copies what `from` gives into `to`, as fast as `to` takes it. Neither is ended here: who relays knows what belongs at the end.
 * @param stall what to do with a `to` that takes nothing for a while
 */
export function relay(from: Readable, to: Pick<Writable, 'write' | 'on' | 'off'>, stall?: Stall): void {
  let timer: NodeJS.Timeout | undefined
  const resume = () => {
    clearTimeout(timer)
    from.resume()
  }
  from.on('data', (chunk: Uint8Array) => {
    if (to.write(chunk)) return
    from.pause()
    if (stall !== undefined) timer = setTimeout(stall.onStall, stall.afterMs)
  })
  to.on('drain', resume)
  from.once('close', () => {
    clearTimeout(timer)
    to.off('drain', resume)
  })
}

const stalled = 'The rest of the request body did not come in time.'

export const bodyStalled = (): Refusal => new Refusal(408, stalled)

/** The same parts, each of which has to come within a time of being asked for. @throws ConnectError */
export async function* inTime<Part>(from: AsyncIterable<Part>, afterMs: number): AsyncGenerator<Part> {
  const parts = from[Symbol.asyncIterator]()
  for (;;) {
    const next = await new Promise<IteratorResult<Part>>((resolve, reject) => {
      const timer = setTimeout(() => reject(new ConnectError(stalled, Code.DeadlineExceeded)), afterMs)
      parts
        .next()
        .then(resolve, reject)
        .finally(() => clearTimeout(timer))
    })
    if (next.done === true) return
    yield next.value
  }
}

/** Calls `onStall` when `from` has given nothing for a while although it was asked to; call what it returns to stop watching. */
export function watchStall(from: Readable, { afterMs, onStall }: Stall): () => void {
  const timer = setTimeout(() => {
    if (from.isPaused()) timer.refresh()
    else onStall()
  }, afterMs)
  const refresh = () => timer.refresh()
  const stop = () => {
    clearTimeout(timer)
    from.off('data', refresh)
  }
  from.on('data', refresh)
  from.once('end', stop)
  from.once('close', stop)
  return stop
}
