import type { Command } from './command.ts'
import { commands } from './commands/index.ts'
import type { Context } from './context.ts'
import { type Globals, takeAnywhere, takeLeading } from './globals.ts'
import { usageError } from './parse.ts'
import { nearest } from './suggest.ts'

/** One command line, read as far as its globals: what to run, once there is a context to run it in. */
export type Invocation = { globals: Globals; execute(ctx: Context): Promise<void> }

/** Finds the command of a command line. What is no command is the name of a service: the dynamic command. */
export function readCommandLine(argv: readonly string[]): Invocation {
  const { globals: leading, rest } = takeLeading(argv)
  const [first, ...others] = rest
  if (first === undefined) return { globals: leading, execute: leading.version ? showVersion : showOverview }
  if (first === 'help') return { globals: leading, execute: (ctx) => showHelp(ctx, others) }
  if (!isCommandWord(first)) return dynamicCommand(leading, first, others)

  const { globals: following, rest: words } = takeAnywhere(rest)
  const globals = { ...leading, ...following }
  const path = longestPath(words)
  if (globals.help) return { globals, execute: (ctx) => showHelp(ctx, path ?? words) }
  if (path === undefined) return { globals, execute: (ctx) => runGroup(ctx, words) }
  return { globals, execute: (ctx) => runCommand(ctx, path, words.slice(path.length)) }
}

const names = Object.keys(commands)
const isCommandWord = (word: string) => names.some((name) => name === word || name.startsWith(`${word} `))

/** Called by the completion scripts, not by people. */
export const hiddenCommands: ReadonlySet<string> = new Set(['completion words'])

export const subcommandsOf = (group: string): string[] =>
  names.filter((name) => name.startsWith(`${group} `) && !hiddenCommands.has(name)).map((name) => name.slice(group.length + 1))

/** The command that the words begin with. */
export function longestPath(words: readonly string[]): string[] | undefined {
  for (let length = Math.min(3, words.length); length > 0; length--) {
    const path = words.slice(0, length)
    if (names.includes(path.join(' '))) return path
  }
  return undefined
}

export async function loadCommand(name: string): Promise<Command | undefined> {
  return Object.hasOwn(commands, name) ? (await commands[name]?.load())?.default : undefined
}

async function runCommand(ctx: Context, path: string[], words: readonly string[]): Promise<void> {
  const name = path.join(' ')
  const loaded = await loadCommand(name)
  if (loaded === undefined) throw usageError(`There is no command micro ${name}.`)
  const takesWords = Object.keys(loaded.arguments ?? {}).length > 0
  const next = words.find((word) => !word.startsWith('-'))
  if (next !== undefined && !takesWords && subcommandsOf(name).length > 0) throw unknownSubcommand(name, next)
  await loaded.execute(ctx, words)
}

/** A noun without a verb shows what can be done with it. */
async function runGroup(ctx: Context, words: readonly string[]): Promise<void> {
  const [group = '', verb] = words
  if (verb !== undefined) throw unknownSubcommand(group, verb)
  await showHelp(ctx, [group])
}

function unknownSubcommand(group: string, verb: string) {
  const known = subcommandsOf(group)
  const similar = nearest(verb, known)
  const hint = similar
    ? `Did you mean \`micro ${group} ${similar}\`?`
    : `There are: ${known.map((name) => `micro ${group} ${name}`).join(', ')}.`
  return usageError(`There is no command micro ${group} ${verb}.`, hint)
}

function dynamicCommand(leading: Globals, name: string, words: readonly string[]): Invocation {
  if (name.startsWith('-')) throw usageError(`There is no flag ${name} here.`, 'See `micro --help`.')
  // --json and --help are the dynamic command's own: the one takes the request there, the other describes the endpoints.
  const { globals, rest } = takeAnywhere(words, ['--json', '--help', '-h', '--version'])
  const help = leading.help ? ['--help'] : []
  const execute = async (ctx: Context) => {
    const { runDynamic } = await import('./dynamic/command.ts')
    await runDynamic(ctx, name, [...help, ...rest])
  }
  return { globals: { ...leading, ...globals }, execute }
}

async function showHelp(ctx: Context, path: readonly string[]): Promise<void> {
  const { commandHelp, groupHelp } = await import('./help.ts')
  if (path.length === 0) return showOverview(ctx)
  const found = longestPath(path)
  const loaded = found === undefined ? undefined : await loadCommand(found.join(' '))
  if (found !== undefined && loaded !== undefined) return ctx.out.line(commandHelp(found.join(' '), loaded, ctx.out))
  const [group = ''] = path
  if (subcommandsOf(group).length > 0) return ctx.out.line(groupHelp(group, ctx.out))
  const similar = nearest(group, names)
  throw usageError(`There is no command micro ${group}.`, similar ? `Did you mean \`micro ${similar}\`?` : 'See `micro --help`.')
}

async function showOverview(ctx: Context): Promise<void> {
  const { overview } = await import('./help.ts')
  ctx.out.line(overview(ctx.out))
}

async function showVersion(ctx: Context): Promise<void> {
  await runCommand(ctx, ['version'], [])
}

/** A command that a word may have been meant to be. */
export const similarCommand = (word: string): string | undefined => nearest(word, names)
