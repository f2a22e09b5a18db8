import pino from 'pino'

export type Log = pino.Logger

/** JSON lines on standard error; secrets never reach it because nothing logs input as it came. */
export function createLog(process: string, level: string): Log {
  return pino({ name: process, level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: 2, sync: true }))
}
