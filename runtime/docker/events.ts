import { setTimeout as pause } from 'node:timers/promises'
import { lineSplitter } from '../../lib/lines.ts'
import type { Log } from '../../lib/log.ts'
import type { Engine } from './engine.ts'
import { label, ours } from './labels.ts'

export type EngineEvent = { action: string; containerId: string; instance: string | undefined }

export type EventHandlers = {
  onEvent(event: EngineEvent): void
  /** Events may have been missed: look at everything. Called at each connection, the first one too. */
  onConnect(): Promise<void>
}

const firstPauseMs = 100
const longestPauseMs = 5_000

/** Hears of every change of our containers until the signal aborts; while the engine is away it asks again and again, less and less often. */
export async function followEvents(
  engine: Engine,
  options: { installation: string; log: Log; signal: AbortSignal },
  handlers: EventHandlers,
): Promise<void> {
  const { log, signal } = options
  let pauseMs = firstPauseMs
  let away = false
  while (!signal.aborted) {
    try {
      const stream = await open(engine, options)
      if (away) log.info({ socket: engine.socket }, 'the Docker engine is back')
      away = false
      pauseMs = firstPauseMs
      await Promise.all([handlers.onConnect(), read(stream, handlers)])
    } catch (err) {
      if (signal.aborted) return
      if (!away) log.warn({ err, socket: engine.socket }, 'the Docker engine is away: instances are as they were last seen')
      away = true
    }
    await pause(pauseMs, undefined, { signal }).catch(() => undefined) // Aborted: the loop's condition sees it.
    pauseMs = Math.min(2 * pauseMs, longestPauseMs)
  }
}

function open(engine: Engine, { installation, signal }: { installation: string; signal: AbortSignal }): Promise<NodeJS.ReadableStream> {
  const filters = { ...ours(installation), type: ['container' as const], event: ['start', 'die', 'oom', 'destroy'] }
  return engine.call((docker) => docker.getEvents({ filters, abortSignal: signal }))
}

async function read(stream: NodeJS.ReadableStream, { onEvent }: EventHandlers): Promise<void> {
  const lines = lineSplitter((line) => {
    const event = parseEvent(line)
    if (event) onEvent(event)
  })
  for await (const chunk of stream) lines.push(Buffer.from(chunk))
}

/** Undefined for what is none of ours. */
export function parseEvent(line: string): EngineEvent | undefined {
  if (line === '') return undefined
  const { Action: action, Actor: actor } = JSON.parse(line)
  if (typeof action !== 'string' || typeof actor?.ID !== 'string') return undefined
  return { action, containerId: actor.ID, instance: actor.Attributes?.[label.instance] }
}
