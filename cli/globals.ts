import { usageError } from './parse.ts'

/** Flags that every command takes. */
export type Globals = { environment?: string; namespace?: string; json?: boolean; help?: boolean; version?: boolean }

export const globalFlags = [
  { flag: '--env NAME', description: 'talk to this environment in place of the current one' },
  { flag: '--namespace NS', description: 'work in this namespace in place of the current one' },
  { flag: '--json', description: 'print data as JSON' },
  { flag: '--help', description: 'show help' },
]

type Taken = { globals: Globals; rest: string[] }

/** Takes the global flags that stand before the first word. */
export function takeLeading(argv: readonly string[]): Taken {
  const globals: Globals = {}
  let at = 0
  while (at < argv.length) {
    const used = takeOne(argv, at, globals)
    if (used === 0) break
    at += used
  }
  return { globals, rest: argv.slice(at) }
}

/** Takes the global flags from anywhere before `--`, except those `kept` for the command itself. */
export function takeAnywhere(argv: readonly string[], kept: readonly string[] = []): Taken {
  const globals: Globals = {}
  const rest: string[] = []
  for (let at = 0; at < argv.length; ) {
    const word = argv[at] ?? ''
    if (word === '--') return { globals, rest: [...rest, ...argv.slice(at)] }
    const used = kept.includes(word.split('=')[0] ?? '') ? 0 : takeOne(argv, at, globals)
    if (used === 0) rest.push(word)
    at += Math.max(1, used)
  }
  return { globals, rest }
}

/** Reads the global flag at a position into `globals`; answers how many words it took, 0 when there is none. */
function takeOne(argv: readonly string[], at: number, globals: Globals): 0 | 1 | 2 {
  const word = argv[at] ?? ''
  if (word === '--json') globals.json = true
  else if (word === '--help' || word === '-h') globals.help = true
  else if (word === '--version') globals.version = true
  else return takeValue(argv, at, globals)
  return 1
}

function takeValue(argv: readonly string[], at: number, globals: Globals): 0 | 1 | 2 {
  const [, name, inline] = /^--(env|namespace)(?:=(.*))?$/s.exec(argv[at] ?? '') ?? []
  if (name === undefined) return 0
  const value = inline ?? argv[at + 1]
  // `--env KEY=VALUE` is a variable of the service that `run` deploys; no environment has an `=` in its name.
  if (name === 'env' && value?.includes('=')) return 0
  if (name === 'env' && value !== undefined && /^[A-Z_][A-Z0-9_]*$/.test(value))
    throw usageError(`--env ${value} is neither an environment nor KEY=VALUE.`, `For a variable of a service write --env ${value}=….`)
  if (value === undefined || value === '' || value.startsWith('-')) throw usageError(`--${name} needs a value.`)
  globals[name === 'env' ? 'environment' : 'namespace'] = value
  return inline === undefined ? 2 : 1
}
