import type { ReleaseTraffic, Traffic } from './traffic.ts'

/** Soon while somebody decides by it, otherwise seldom. */
const intervalMs = { watched: 500, otherwise: 5_000 }

export interface TrafficReporter {
  /** Something was counted. */
  changed(): void
  close(): void
}

/**
 * Tells what was counted, in batches with numbers: one that could not be told is told again under the same number, so that none counts twice.
 * @param options.watched whether a canary is being judged
 */
export function createTrafficReporter(options: {
  traffic: Pick<Traffic, 'take'>
  watched(): boolean
  tell(sequence: bigint, releases: readonly ReleaseTraffic[], signal: AbortSignal): Promise<void>
}): TrafficReporter {
  const closing = new AbortController()
  let sequence = 0n
  let untold: readonly ReleaseTraffic[] = []
  let timer: NodeJS.Timeout | undefined

  async function tell(): Promise<void> {
    if (untold.length === 0) {
      untold = options.traffic.take()
      if (untold.length === 0) return
      sequence++
    }
    try {
      await options.tell(sequence, untold, closing.signal)
      untold = []
    } catch {
      // The control plane is away: the batch stays for the next time.
    }
  }

  function changed(): void {
    if (timer !== undefined || closing.signal.aborted) return
    timer = setTimeout(
      async () => {
        await tell()
        timer = undefined
        if (untold.length > 0) changed()
      },
      options.watched() ? intervalMs.watched : intervalMs.otherwise,
    )
    timer.unref()
  }

  return {
    changed,
    close() {
      closing.abort()
      clearTimeout(timer)
    },
  }
}
