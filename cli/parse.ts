import { parseArgs } from 'node:util'
import { PlatformError } from '../lib/errors.ts'
import type { Argument, Arguments, Flag, Flags, Values } from './declaration.ts'
import { nearest } from './suggest.ts'
import { parseDuration } from './units.ts'

type Value = string | number | boolean | undefined | (string | number)[]

export const usageError = (message: string, hint?: string) =>
  new PlatformError('invalid_argument', message, { reason: 'USAGE', ...(hint === undefined ? {} : { hint }) })

/** Reads a command's own words and flags. Every fault is a usage error that names the word at fault. */
export function parseCommandLine<A extends Arguments, F extends Flags>(
  argumentSpecs: A | undefined,
  flagSpecs: F | undefined,
  argv: readonly string[],
): Values<A, F> {
  const takesRest = Object.values(argumentSpecs ?? {}).some(({ rest }) => rest)
  const { words, flags } = tokenize(flagSpecs ?? {}, argv, takesRest)
  const values: Record<string, Value> = readFlags(flagSpecs ?? {}, flags)
  Object.assign(values, readArguments(argumentSpecs ?? {}, words))
  return values as Values<A, F>
}

/** `--start-timeout` on the command line is `startTimeout` in the handler. */
export const flagName = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

type Given = Map<string, (string | true)[]>

function tokenize(specs: Flags, argv: readonly string[], takesRest: boolean): { words: string[]; flags: Given } {
  const keys = new Map(Object.keys(specs).map((key) => [flagName(key), key]))
  const options = Object.fromEntries(
    Object.entries(specs).map(([key, spec]) => [
      flagName(key),
      { type: spec.type === 'boolean' ? ('boolean' as const) : ('string' as const), ...(spec.short ? { short: spec.short } : {}) },
    ]),
  )
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true })
  const words: string[] = []
  const flags: Given = new Map()
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const key = keys.get(token.name)
    if (key === undefined) throw unknownFlag(token.rawName, [...keys.keys()], takesRest)
    flags.set(key, [...(flags.get(key) ?? []), token.value ?? true])
  }
  return { words, flags }
}

function unknownFlag(rawName: string, known: string[], takesRest: boolean): PlatformError {
  const similar = nearest(rawName.replace(/^-+/, ''), known)
  return usageError(
    `There is no flag ${rawName} here.`,
    similar
      ? `Did you mean --${similar}?`
      : takesRest
        ? 'Words that begin with - and are no flags stand behind --.'
        : 'Add --help to see the flags.',
  )
}

function readFlags(specs: Flags, given: Given): Record<string, Value> {
  const values: Record<string, Value> = {}
  for (const [key, spec] of Object.entries(specs)) {
    const raw = given.get(key) ?? []
    if (spec.type === 'boolean') values[key] = readBoolean(key, raw)
    else if (spec.multiple) values[key] = raw.map((value) => readScalar(key, spec, value))
    else values[key] = raw.length === 0 ? undefined : readScalar(key, spec, raw[raw.length - 1] ?? true)
  }
  return values
}

function readBoolean(key: string, raw: (string | true)[]): boolean {
  const last = raw.at(-1)
  if (last === undefined || last === 'false') return false
  if (last === true || last === 'true') return true
  throw usageError(`--${flagName(key)} is a switch: it takes no value.`)
}

function readScalar(key: string, spec: Flag, raw: string | true): string | number {
  const flag = `--${flagName(key)}`
  if (raw === true) throw usageError(`${flag} needs a value.`, `Write ${flag}=${spec.value ?? 'VALUE'}.`)
  if (spec.choices && !spec.choices.includes(raw)) throw usageError(`${flag} is one of ${spec.choices.join(', ')}, not "${raw}".`)
  if (spec.type === 'string') return raw
  if (spec.type === 'duration') return readDuration(flag, raw)
  if (!/^\d{1,9}$/.test(raw)) throw usageError(`${flag} is a whole number, not "${raw}".`)
  return Number(raw)
}

function readDuration(flag: string, raw: string): number {
  const durationMs = parseDuration(raw)
  if (durationMs === undefined) throw usageError(`${flag} is a time span such as 30s, 5m, 1h30m or 2d, not "${raw}".`)
  return durationMs
}

function readArguments(specs: Arguments, words: string[]): Record<string, Value> {
  const values: Record<string, Value> = {}
  const rest = [...words]
  for (const [key, spec] of Object.entries(specs)) {
    if (!spec.optional && rest.length === 0)
      throw usageError(`${argumentLabel(key, spec)} is missing.`, `Give ${spec.description}, or add --help.`)
    const given = rest.splice(0, spec.rest ? rest.length : 1)
    const wrong = given.find((word) => spec.choices?.includes(word) === false)
    if (wrong !== undefined) throw usageError(`${argumentLabel(key, spec)} is one of ${spec.choices?.join(', ')}, not "${wrong}".`)
    values[key] = spec.rest ? given : given[0]
  }
  if (rest[0] !== undefined) throw usageError(`"${rest[0]}" is one word too many.`, 'Add --help to see what goes here.')
  return values
}

export const argumentLabel = (key: string, spec: Argument): string => `${flagName(key).toUpperCase()}${spec.rest ? '...' : ''}`
