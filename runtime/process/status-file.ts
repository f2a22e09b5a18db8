import { readFileSync, statSync } from 'node:fs'
import { exitOf } from '../exit.ts'
import type { Exit } from '../runtime.ts'

/** What the shim wrote: its process id, then, when the command ended, the exit status. */
export type Status = { pid?: number; status?: number /** When the last of it was written. */; at: Date }

export function readStatus(path: string): Status {
  try {
    return { ...parseStatus(readFileSync(path, 'utf8')), at: statSync(path).mtime }
  } catch {
    return { at: new Date() } // Not started yet.
  }
}

export function parseStatus(text: string): Omit<Status, 'at'> {
  const [pid, status] = text.split('\n').slice(0, -1).map(Number)
  return { ...(pid ? { pid } : {}), ...(status === undefined || Number.isNaN(status) ? {} : { status }) }
}

/** Neither code nor signal when the shim itself was killed. */
export const exitFrom = ({ status, at }: Status): Exit => (status === undefined ? { at: new Date() } : exitOf(status, at))
