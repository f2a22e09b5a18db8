import { commands } from './commands/index.ts'
import type { Context } from './context.ts'
import { loadCommand } from './dispatch.ts'
import { flagName } from './parse.ts'

/** Each asks the CLI for the candidates, so that the shells need no knowledge of its commands. */
export const completionScripts: Record<string, string | undefined> = {
  bash: `_micro() {
  local IFS=$'\\n'
  COMPREPLY=($(micro completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _micro micro`,
  zsh: `#compdef micro
_micro() {
  local -a candidates
  candidates=("\${(@f)$(micro completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates || _files
}
compdef _micro micro`,
  fish: `complete -c micro -f -a '(micro completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
complete -c micro -n '__fish_seen_subcommand_from run' -F`,
}

const globals = ['--env', '--namespace', '--json', '--help']
const namesServices = new Set([
  'update',
  'kill',
  'restart',
  'scale',
  'rollback',
  'releases',
  'deployments',
  'status',
  'logs',
  'describe',
  'call',
  'stream',
  'open',
])
const slowestMs = 1_500

/** What may stand in place of the last word. */
export async function candidates(ctx: Context, words: readonly string[]): Promise<string[]> {
  const last = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const fitting = await fits(ctx, before, last)
  return [...new Set(fitting)].filter((word) => word.startsWith(last)).sort()
}

async function fits(ctx: Context, before: readonly string[], last: string): Promise<string[]> {
  const previous = before.at(-1)
  if (previous === '--env' || (previous === 'set' && before[0] === 'env')) return (await ctx.config.list()).map(({ name }) => name)
  const plain = before.filter((word) => !word.startsWith('-'))
  const below = subwords(plain)
  if (last.startsWith('-')) return [...(await flagsOf(plain)), ...globals]
  if (plain.length === 0) return [...below, 'help', ...(await serviceNames(ctx))]
  if (plain.length === 1 && namesServices.has(plain[0] ?? '')) return serviceNames(ctx)
  return below
}

/** The next words of the commands that begin with these. */
function subwords(plain: readonly string[]): string[] {
  const paths = Object.keys(commands).map((name) => name.split(' '))
  return paths.flatMap((path) => (plain.every((word, at) => path[at] === word) ? (path[plain.length] ?? []) : []))
}

async function flagsOf(plain: readonly string[]): Promise<string[]> {
  for (let length = Math.min(3, plain.length); length > 0; length--) {
    const loaded = await loadCommand(plain.slice(0, length).join(' '))
    if (loaded !== undefined) return Object.keys(loaded.flags ?? {}).map((key) => `--${flagName(key)}`)
  }
  return []
}

/** Nothing when the server can't be asked, or not soon enough: a completion must not complain. */
async function serviceNames(ctx: Context): Promise<string[]> {
  try {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const { services } = await api.registry.listServices({ namespace }, { timeoutMs: slowestMs })
    return services.map(({ name }) => name)
  } catch {
    return [] // as said above
  }
}
