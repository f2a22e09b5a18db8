import type { Run } from '../../gen/prisma/client.ts'
import type { RunState } from '../../gen/prisma/enums.ts'

export const activeRunStates: RunState[] = ['QUEUED', 'RUNNING']

export const isStopping = ({ state, endAs }: Pick<Run, 'state' | 'endAs'>): boolean => endAs !== null && activeRunStates.includes(state)

/** A run's instance has the run's id. */
export const isRunId = (id: string): boolean => id.startsWith('run_')

export const defaultTimeoutMs = 60 * 60_000
export const longestTimeoutMs = 24 * 60 * 60_000

/** A command line, or a program and its arguments. */
export type Command = string | readonly string[]

/** Of a list; undefined for a command line. */
export const argvOf = (command: unknown): string[] | undefined => (Array.isArray(command) ? command.map(String) : undefined)

/** As a person would type it. */
export const commandLabel = (command: unknown): string => argvOf(command)?.map(quoted).join(' ') ?? String(command)

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
