import { readFile } from 'node:fs/promises'
import type { Context } from './context.ts'
import { usageError } from './parse.ts'
import { askSecret, readStdin } from './prompt.ts'

export type NameAndValue = { name: string; value: string }

/**
 * `KEY=VALUE`; `KEY=@FILE` for what is in a file (`KEY=@@x` for the value @x); `KEY` alone for what is typed or comes on standard input, so that
 * a secret stands in no shell history. `exact`: also the end of the last line.
 */
export async function readValues(ctx: Context, words: readonly string[], { exact }: { exact: boolean }): Promise<NameAndValue[]> {
  const pairs = words.map(split)
  if (pairs.length === 0) throw usageError('Nothing to set.', 'Write KEY=VALUE, KEY=@FILE, or KEY alone to be asked for the value.')
  const alone = pairs.filter(({ given }) => given === undefined)
  if (alone.length > 1 && !ctx.canAsk)
    throw usageError(`Only one value comes on standard input, not ${alone.map(({ name }) => name).join(' and ')}.`)
  const values: NameAndValue[] = []
  for (const { name, given } of pairs) values.push({ name, value: await readValue(ctx, name, given, exact) })
  return values
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

export function requireName(name: string, where = ''): string {
  if (namePattern.test(name)) return name
  // What stands before the = may be a secret that was pasted without a name.
  const shown = name.length <= 40 ? `"${name}"` : 'What stands before ='
  throw usageError(`${shown} is not the name of a variable${where}.`, 'A name is letters, digits and _, and does not start with a digit.')
}

function split(word: string): { name: string; given: string | undefined } {
  const at = word.indexOf('=')
  return { name: requireName(at < 0 ? word : word.slice(0, at)), given: at < 0 ? undefined : word.slice(at + 1) }
}

async function readValue(ctx: Context, name: string, given: string | undefined, exact: boolean): Promise<string> {
  if (given?.startsWith('@@')) return given.slice(1)
  if (given?.startsWith('@')) return ended(await readText(given.slice(1)), exact)
  if (given !== undefined) return given
  if (ctx.canAsk) return askSecret(ctx, undefined, { flag: name, message: name })
  if (process.stdin.isTTY) throw usageError(`${name} has no value.`, `Write ${name}=VALUE or ${name}=@FILE, or give it on standard input.`)
  return ended(await readStdin(), exact)
}

/** Files and `echo` end with a line end that is not meant. */
const ended = (text: string, exact: boolean): string => (exact ? text : text.replace(/\r?\n$/, ''))

/** `-`: standard input. */
export async function readText(path: string): Promise<string> {
  if (path === '-') return readStdin()
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw usageError(`${path} cannot be read (${error.code ?? 'unknown error'}).`)
  })
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw usageError(`${path} is not text in UTF-8.`, 'Give binary data as base64, and decode it in the service.')
  }
}
