import { setTimeout as pause } from 'node:timers/promises'

/** Something that is kept running: a child process of ours, or PostgreSQL. */
export type Unit = {
  /** As people read it: `router`, `PostgreSQL`. */
  name: string
  /** Resolves when it does its work. Abort makes it give up. */
  start(signal: AbortSignal): Promise<Running>
}

export type Running = {
  pid: number
  /** Resolves when it has ended, for whatever reason, with how it did: `exit code 1`, `SIGKILL`. */
  exited: Promise<string>
  /** Asks it to end, and makes it end when patience aborts. Resolves when it has. */
  stop(patience: AbortSignal): Promise<void>
}

export type KeptRunning = Pick<Running, 'stop'>

/** Pauses before each restart, as a unit goes on failing. One that ran for `steadyMs` starts from the beginning again. */
const backOffMs = [0, 250, 1_000, 3_000, 10_000]
const steadyMs = 60_000

/**
 * Starts the unit and, from then on, starts it again whenever it ends.
 * @param report gets one sentence for people whenever that happens
 * @throws whatever the first start throws: a unit that never ran is not kept running
 */
export async function keepRunning(unit: Unit, report: (sentence: string) => void, signal: AbortSignal): Promise<KeptRunning> {
  const stopping = new AbortController()
  const ended = AbortSignal.any([signal, stopping.signal])
  let running: Running | undefined = await unit.start(ended)
  const loop = watch()

  return {
    async stop(patience) {
      stopping.abort()
      await running?.stop(patience)
      await loop
    },
  }

  async function watch(): Promise<void> {
    let since = Date.now()
    let failures = 0
    for (;;) {
      const why: string = running ? await running.exited : 'it did not start'
      if (ended.aborted) return
      running = undefined
      failures = Date.now() - since >= steadyMs ? 1 : failures + 1
      const delay = backOffMs[Math.min(failures, backOffMs.length) - 1] ?? 0
      report(sentence(unit.name, why, failures, delay))
      if (!(await waited(delay, ended))) return
      since = Date.now()
      running = await startAgain()
      if (!running) continue
      if (ended.aborted) return running.stop(AbortSignal.abort())
      report(`${unit.name} runs again.`)
    }
  }

  async function startAgain(): Promise<Running | undefined> {
    try {
      return await unit.start(ended)
    } catch (error) {
      if (!ended.aborted) report(`${unit.name}: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }
}

function sentence(name: string, why: string, failures: number, delayMs: number): string {
  if (failures < 3) return `${name} ended (${why}); it is started again.`
  return `${name} keeps ending (${why}, ${failures} times in a row); it is started again in ${delayMs / 1000} s.`
}

async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  return pause(ms, true, { signal }).catch(() => false) // aborted
}
