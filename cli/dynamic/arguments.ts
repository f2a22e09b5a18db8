import { usageError } from '../parse.ts'
import { parseDuration } from '../units.ts'

/** A `--path.to.field=value` as typed; `value` is undefined for a bare `--field`. */
export type GivenField = { path: string; value: string | undefined }

export type DynamicArguments = {
  help: boolean
  words: string[]
  fields: GivenField[]
  /** The whole request as JSON text: --json, or standard input for `-`. */
  json: string | undefined
  headers: [name: string, value: string][]
  timeoutMs: number | undefined
}

/**
 * Splits the words of the dynamic command. A flag without `=` takes the next word as its value, unless `isSwitch` says that the field is a bool.
 * What the CLI keeps for itself (--json, --help, --timeout, -H) is the request's own after `--`.
 */
export function readDynamicArguments(argv: readonly string[], isSwitch: (path: string) => boolean): DynamicArguments {
  const read: DynamicArguments = { help: false, words: [], fields: [], json: undefined, headers: [], timeoutMs: undefined }
  let own = true
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    const [, name, inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    const next = () => {
      const value = inline ?? argv[++at]
      if (value === undefined) throw usageError(`${word} needs a value.`)
      return value
    }
    if (word === '--' && own) own = false
    else if (own && (word === '--help' || word === '-h')) read.help = true
    else if (own && name === 'json') read.json = next()
    else if (own && name === 'timeout') read.timeoutMs = readTimeout(next())
    else if (own && (word === '-H' || name === 'header')) read.headers.push(readHeader(next()))
    else if (own && word.startsWith('-H')) read.headers.push(readHeader(word.slice(2)))
    else if (name === undefined) readWord(read, word)
    else if (inline !== undefined || isSwitch(name)) read.fields.push({ path: name, value: inline })
    else read.fields.push({ path: name, value: argv[++at] })
  }
  return read
}

function readWord(read: DynamicArguments, word: string): void {
  if (word === '-') read.json = '-'
  else if (/^-[a-z]/i.test(word)) throw usageError(`There is no flag ${word} here.`, 'Fields are written --field=value.')
  else read.words.push(word)
}

function readTimeout(text: string): number {
  const timeoutMs = parseDuration(text)
  if (timeoutMs === undefined || timeoutMs === 0) throw usageError(`--timeout is a time span such as 500ms, 30s or 5m, not "${text}".`)
  return timeoutMs
}

/** `k=v`, or `k: v` as curl writes it. */
export function readHeader(text: string): [name: string, value: string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=|:[ \t]*)(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined || /[\r\n\0]/.test(value)) throw usageError(`-H ${text} is not KEY=VALUE.`)
  return [name, value]
}
