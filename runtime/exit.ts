import { constants } from 'node:os'
import type { Exit } from './runtime.ts'

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]))

/** The shell says 128 + n for signal n; a program that exits with such a code itself (many do, to pass a signal on) reads the same. */
export function exitOf(status: number, at: Date): Exit {
  const signal = signalNames.get(status - 128)
  return signal ? { at, signal } : { at, code: status }
}
