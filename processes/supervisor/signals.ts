/** npm passes a Ctrl-C on that the terminal has sent to all of us already: the same one arrives twice. */
const sameMs = 500

export type StopSignals = {
  /** Resolves at the first Ctrl-C or SIGTERM. */
  first: Promise<void>
  aborted: AbortSignal
  /** Aborts at the second: somebody is in a hurry. */
  second: AbortSignal
}

/** From now on the process ends only by what it does about these. */
export function stopSignals(onFirst: () => void): StopSignals {
  const first = new AbortController()
  const second = new AbortController()
  let firstAt = 0
  const onSignal = () => {
    if (!first.signal.aborted) {
      firstAt = Date.now()
      onFirst()
      first.abort()
    } else if (Date.now() - firstAt > sameMs) second.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  return {
    first: new Promise((resolve) => first.signal.addEventListener('abort', () => resolve(), { once: true })),
    aborted: first.signal,
    second: second.signal,
  }
}
