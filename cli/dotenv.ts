import { type NameAndValue, requireName } from './env-var-values.ts'
import { usageError } from './parse.ts'

const blank = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y
const assignment =
  /[ \t]*(?:export[ \t]+)?([^\s=#]+)[ \t]*=[ \t]*(?:"((?:\\[\s\S]|[^"\\])*)"|'([^']*)'|`([^`]*)`|([^\s"'`][^\n]*)?)[ \t]*(?:#[^\n]*)?(?:\n|$)/y

/**
 * A .env file: `KEY=VALUE` lines, `export` before them or not, comments, values in quotes over several lines. Within double quotes \n, \r, \t and
 * an escaped character are read; nothing is expanded. A name that comes twice has its last value.
 */
export function parseDotenv(file: string): NameAndValue[] {
  const text = file.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const values = new Map<string, string>()
  for (let at = 0; at < text.length; ) {
    const found = matchAt(blank, text, at) ?? matchAt(assignment, text, at)
    const line = text.slice(0, at).split('\n').length
    if (!found) throw usageError(`Line ${line} is not KEY=VALUE, or a quote in it is not closed.`)
    const [whole, name, double, single, backtick, bare = ''] = found
    if (name !== undefined) values.set(requireName(name, ` (line ${line})`), unescaped(double) ?? single ?? backtick ?? uncommented(bare))
    at += whole.length
  }
  return [...values].map(([name, value]) => ({ name, value }))
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

const unescaped = (text: string | undefined): string | undefined =>
  text?.replace(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character)

/** A comment begins with a # after a space. */
const uncommented = (text: string): string => text.replace(/(^|\s)#.*$/, '').trim()
