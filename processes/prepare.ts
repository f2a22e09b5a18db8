import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isCurrent, makeStep, type Step } from './prepare/step.ts'
import type { Progress } from './progress.ts'
import { type Lock, takeLock } from './supervisor/lock.ts'

/** The checkout that this program runs from. */
export const checkout = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Makes whatever is missing or older than what it is made from; where all is current, nothing is written. */
export async function prepare(
  steps: readonly Step[],
  progress: Pick<Progress, 'stage'>,
  signal: AbortSignal = new AbortController().signal,
  directory: string = checkout,
): Promise<void> {
  if ((await pending(steps, directory)).length === 0) return
  const lock = await takeTurn(steps, directory, signal)
  try {
    const due = await pending(steps, directory)
    await Promise.all(due.map((step) => progress.stage(step.title, () => makeStep(step, directory, signal))))
  } finally {
    await lock.release()
  }
}

async function pending(steps: readonly Step[], directory: string): Promise<Step[]> {
  const current = await Promise.all(steps.map((step) => isCurrent(step, directory)))
  return steps.filter((_, index) => !current[index])
}

/** Two servers, or a server and a test run, may share one checkout; they must not write the same output at once. */
async function takeTurn(steps: readonly Step[], directory: string, signal: AbortSignal): Promise<Lock> {
  const cache = join(directory, 'node_modules/.cache/micro')
  await mkdir(cache, { recursive: true })
  const path = join(cache, `${steps.map(({ name }) => name).join('-')}.lock`)
  for (;;) {
    const taken = await takeLock(path)
    if ('release' in taken) return taken
    await pause(100, undefined, { signal })
  }
}
