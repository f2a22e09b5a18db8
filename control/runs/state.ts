import type { RunState } from '../../gen/prisma/enums.ts'

export const activeRunStates: RunState[] = ['QUEUED', 'RUNNING']

/** A run's instance has the run's id. */
export const isRunId = (id: string): boolean => id.startsWith('run_')

export const defaultTimeoutMs = 60 * 60_000
export const longestTimeoutMs = 24 * 60 * 60_000

/** A command line, or a program and its arguments. */
export type Command = string | readonly string[]

/** As a person would type it. */
export const commandLabel = (command: unknown): string =>
  Array.isArray(command) ? command.map((word) => quoted(String(word))).join(' ') : String(command)

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
