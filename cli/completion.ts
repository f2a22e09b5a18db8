import { commands } from './commands/index.ts'
import { namesOf } from './completion-names.ts'
import { type Context, createContext } from './context.ts'
import type { Argument, Flag } from './declaration.ts'
import { hiddenCommands, loadCommand, longestPath } from './dispatch.ts'
import { type Globals, takeAnywhere } from './globals.ts'
import { flagName } from './parse.ts'

/** What may stand in place of the last word. */
export async function candidates(ctx: Context, words: readonly string[]): Promise<string[]> {
  const last = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const { environment, namespace } = globalsOf(before)
  const there = createContext({ out: ctx.out, settings: ctx.settings, environment, namespace })
  try {
    const fitting = (await fits(there, before, last)).filter((word) => word.startsWith(last))
    return [...new Set(fitting)].sort()
  } finally {
    await there.close()
  }
}

const globalFlags: Record<string, Flag> = {
  env: { type: 'string', description: '', names: 'environment' },
  namespace: { type: 'string', description: '', names: 'namespace' },
  json: { type: 'boolean', description: '' },
  help: { type: 'boolean', description: '' },
}

async function fits(ctx: Context, before: readonly string[], last: string): Promise<string[]> {
  const [first = ''] = read(before, globalFlags).words
  const isService = first !== '' && first !== 'help' && longestPath([first]) === undefined && subwords([first]).length === 0
  if (isService) return dynamic(ctx, before, last)

  const path = longestPath(read(before, globalFlags).words) ?? []
  const command = await loadCommand(path.join(' '))
  const flags = { ...globalFlags, ...command?.flags }
  const { words, pending } = read(before, flags)
  const inline = /^(--[\w-]+)=/.exec(last)?.[1]
  const flag = pending ?? inline
  if (flag !== undefined) {
    const values = await valuesOf(ctx, find({ ...command?.flags, ...globalFlags }, flag))
    return inline === undefined ? values : values.map((value) => `${inline}=${value}`)
  }
  if (last.startsWith('-')) return Object.keys(flags).map((key) => `--${flagName(key)}`)
  if (words[0] === 'help') return subwords(words.slice(1))
  if (words.length === 0) return [...subwords([]), 'help', ...(await namesOf(ctx, 'service'))]
  const given = words.slice(path.length)
  const specs = Object.values(command?.arguments ?? {})
  const next = specs[given.length] ?? specs.find(({ rest }) => rest)
  return [...subwords(words), ...(await valuesOf(ctx, next, given))]
}

/** `micro NAME [endpoint] --field`: what the descriptors of that service tell. */
async function dynamic(ctx: Context, before: readonly string[], last: string): Promise<string[]> {
  const { dynamicCandidates } = await import('./dynamic/candidates.ts')
  const { words, pending } = read(before, globalFlags)
  if (pending !== undefined) return valuesOf(ctx, find(globalFlags, pending))
  return dynamicCandidates(ctx, words, last)
}

async function valuesOf(ctx: Context, spec: Argument | Flag | undefined, given: readonly string[] = []): Promise<string[]> {
  if (spec?.choices) return [...spec.choices]
  return spec?.names ? namesOf(ctx, spec.names, given) : []
}

/** The words that are no flags nor their values, and the flag whose value comes next. */
function read(before: readonly string[], flags: Readonly<Record<string, Flag>>): { words: string[]; pending?: string } {
  const words: string[] = []
  for (let at = 0; at < before.length; at++) {
    const word = before[at] ?? ''
    if (!word.startsWith('-') || word === '-') words.push(word)
    else if ((find(flags, word)?.type ?? 'boolean') !== 'boolean' && ++at === before.length) return { words, pending: word }
  }
  return { words }
}

function find(flags: Readonly<Record<string, Flag>>, written: string): Flag | undefined {
  return Object.entries(flags).find(([key, { short }]) => written === `--${flagName(key)}` || written === `-${short}`)?.[1]
}

/** The next words of the commands that begin with these. */
function subwords(words: readonly string[]): string[] {
  const paths = Object.keys(commands).filter((name) => !hiddenCommands.has(name))
  return paths
    .map((name) => name.split(' '))
    .flatMap((path) => (words.every((word, at) => path[at] === word) ? (path[words.length] ?? []) : []))
}

/** Those given so far; none of a line on which one still lacks its value. */
function globalsOf(before: readonly string[]): Globals {
  try {
    return takeAnywhere(before).globals
  } catch {
    return {} // as said above
  }
}
