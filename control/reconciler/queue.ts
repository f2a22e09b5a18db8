import type { ControlContext } from '../context.ts'

/** One run of `work` at a time for each key; asked for again while it runs, once more afterwards. */
export function createQueue(
  { signal, platform }: ControlContext,
  work: (key: string) => Promise<void>,
): { add(key: string): void; settled(): Promise<void> } {
  const running = new Map<string, Promise<void>>()
  const again = new Set<string>()
  const run = async (key: string): Promise<void> => {
    do {
      again.delete(key)
      await work(key).catch((error: unknown) => signal.aborted || platform.log.error({ err: error, key }, 'reconciling'))
    } while (again.has(key) && !signal.aborted)
    running.delete(key)
  }
  return {
    add(key) {
      if (running.has(key)) again.add(key)
      else if (!signal.aborted) running.set(key, run(key))
    },
    settled: async () => void (await Promise.all(running.values())),
  }
}
