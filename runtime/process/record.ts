import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { ProcessIdentity } from './proc.ts'
import { Spec } from './spec.ts'

const exit = z.object({ at: z.coerce.date(), code: z.int().exactOptional(), signal: z.string().exactOptional() })

const Phase = z.discriminatedUnion('state', [
  /** Written before a process is made, so that a crash in between leaves no process that nobody knows. */
  z.object({ state: z.literal('starting') }),
  z.object({ state: z.literal('running'), process: ProcessIdentity, port: z.int(), startedAt: z.coerce.date() }),
  z.object({ state: z.literal('backoff'), exit, retryAt: z.coerce.date() }),
  z.object({ state: z.literal('exited'), exit }),
])

/** What the driver keeps of an instance on disk, to go on from after a crash. */
export const Record = z.object({
  spec: Spec,
  /** Kept over restarts, as long as nobody else takes it. */
  port: z.int().exactOptional(),
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
