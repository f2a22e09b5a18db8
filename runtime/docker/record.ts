import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { Spec } from './spec.ts'

const exit = z.object({
  at: z.coerce.date(),
  code: z.int().exactOptional(),
  signal: z.string().exactOptional(),
  outOfMemory: z.boolean().exactOptional(),
})

const Phase = z.discriminatedUnion('state', [
  /** Written before a container is made, so that a crash in between leaves none that nobody knows. */
  z.object({ state: z.literal('starting') }),
  z.object({ state: z.literal('running'), host: z.string(), startedAt: z.coerce.date() }),
  z.object({ state: z.literal('backoff'), exit, retryAt: z.coerce.date() }),
  z.object({ state: z.literal('exited'), exit }),
])

/** What the driver keeps of an instance on disk. What the engine knows is asked of the engine; its container bears the instance's name. */
export const Record = z.object({
  spec: Spec,
  /** The container whose network it is in. */
  holder: z.object({ id: z.string(), network: z.string() }).exactOptional(),
  restarts: z.int(),
  /** Runs in a row that ended soon: the exponent of the pause before the next. */
  failures: z.int(),
  lastExit: exit.exactOptional(),
  phase: Phase,
  /** What is left of it is to be taken away. */
  removing: z.boolean(),
})
export type Record = z.infer<typeof Record>

/** Undefined when there is none that can be read: its instance was never started, or the machine lost power while it was written. */
export function readRecord(path: string): Record | undefined {
  try {
    return Record.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** Atomic. The environment in it holds secrets: nobody but the platform may read it. */
export async function writeRecord(path: string, record: Record): Promise<void> {
  await writeFile(`${path}.tmp`, JSON.stringify(record), { mode: 0o600 })
  await rename(`${path}.tmp`, path)
}
