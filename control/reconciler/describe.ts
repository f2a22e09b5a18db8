import type { Exit, Instance } from '../../runtime/runtime.ts'

/** How an instance that is not running came to that, in a sentence. */
export function describeActual(actual: Instance): string | null {
  if (actual.state === 'running') return null
  if (actual.state === 'exited') return `It ${describeExit(actual.exit)}.`
  return `It ${describeExit(actual.lastExit)} and is started again at ${actual.retryAt.toISOString()} (${actual.restarts} restarts).`
}

export function describeExit({ code, signal }: Exit): string {
  if (signal) return `was ended by ${signal}`
  return code === undefined ? 'ended' : `exited with code ${code}`
}
