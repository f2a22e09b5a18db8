import { once } from 'node:events'
import { breakOff } from './deadline.ts'
import type { Exchange } from './exchange.ts'
import type { Limits } from './limits.ts'

/** Writes parts as they come, as fast as the client takes them. Ends early when the client leaves. */
export async function writeParts(
  exchange: Exchange,
  parts: AsyncIterable<string | Uint8Array>,
  { stallMs }: Pick<Limits, 'stallMs'>,
): Promise<void> {
  const { reply, signal } = exchange
  for await (const part of parts) {
    if (signal.aborted) return
    if (reply.write(part)) continue
    const stalled = setTimeout(breakOff, stallMs, exchange)
    try {
      await once(reply, 'drain', { signal })
    } catch (error) {
      if (signal.aborted) return
      throw error
    } finally {
      clearTimeout(stalled)
    }
  }
}
