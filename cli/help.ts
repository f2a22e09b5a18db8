import type { Command } from './command.ts'
import { commands } from './commands/index.ts'
import type { Flag, Flags } from './declaration.ts'
import { subcommandsOf } from './dispatch.ts'
import { globalFlags } from './globals.ts'
import type { Output } from './output.ts'
import { argumentLabel, flagName } from './parse.ts'
import { padEnd, wrap } from './text.ts'

type Row = readonly [left: string, right: string]

const sections: readonly { title: string; names: readonly string[] }[] = [
  { title: 'Start', names: ['server', 'env', 'signup', 'login', 'logout', 'user', 'namespace'] },
  {
    title: 'Build and run',
    names: ['new', 'run', 'update', 'kill', 'restart', 'scale', 'rollback', 'exec', 'job', 'env-var', 'credential'],
  },
  { title: 'Look', names: ['status', 'logs', 'releases', 'deployments', 'services', 'describe', 'open'] },
  { title: 'Call', names: ['call', 'stream'] },
  { title: 'The CLI itself', names: ['completion', 'version'] },
]

const groupSummaries: Record<string, string> = {
  namespace: 'List, create and delete namespaces',
  job: 'Run commands beside a service, and see those that ran',
  credential: 'Credentials for private git repositories',
  'env-var': 'Environment variables and secrets of services',
}

/** `micro --help`. */
export function overview(out: Output): string {
  const listed = sections.flatMap(({ names }) => names)
  const others = [...new Set(Object.keys(commands).map((name) => name.split(' ')[0] ?? ''))].filter((name) => !listed.includes(name))
  const groups = others.length === 0 ? sections : [...sections, { title: 'More', names: others }]
  return [
    'micro: from source to running in one command.',
    heading(out, 'Usage'),
    '  micro COMMAND [flags]',
    '  micro SERVICE [ENDPOINT] [--field=value]   call a service that runs',
    ...groups.flatMap(({ title, names }) => [
      heading(out, title),
      ...rows(
        out,
        names.map((name) => [name, summaryOf(name)]),
      ),
    ]),
    heading(out, 'Everywhere'),
    ...rows(
      out,
      globalFlags.map(({ flag, description }) => [flag, description]),
    ),
    '',
    'micro COMMAND --help says more, and so does micro SERVICE --help.',
  ].join('\n')
}

const summaryOf = (name: string): string => commands[name]?.summary ?? groupSummaries[name] ?? ''

/** `micro namespace --help`. */
export function groupHelp(group: string, out: Output): string {
  return [
    `micro ${group}: ${summaryOf(group)}`,
    heading(out, 'Commands'),
    ...rows(
      out,
      subcommandsOf(group).map((name) => [`micro ${group} ${name}`, commands[`${group} ${name}`]?.summary ?? '']),
    ),
  ].join('\n')
}

/** `micro run --help`. */
export function commandHelp(name: string, command: Command, out: Output): string {
  const args = Object.entries(command.arguments ?? {})
  const words = args.map(([key, spec]) => (spec.optional ? `[${argumentLabel(key, spec)}]` : argumentLabel(key, spec)))
  const flags = flagRows(command.flags ?? {})
  const below = subcommandsOf(name)
  return [
    command.summary,
    ...(command.details ? ['', ...paragraph(out, command.details)] : []),
    heading(out, 'Usage'),
    `  ${['micro', name, ...words, ...(flags.length > 0 ? ['[flags]'] : [])].join(' ')}`,
    ...(args.length > 0
      ? [
          heading(out, 'Arguments'),
          ...rows(
            out,
            args.map(([key, spec]) => [argumentLabel(key, spec), spec.description]),
          ),
        ]
      : []),
    ...(flags.length > 0 ? [heading(out, 'Flags'), ...rows(out, flags)] : []),
    ...(below.length > 0
      ? [
          heading(out, 'Commands'),
          ...rows(
            out,
            below.map((verb) => [verb, summaryOf(`${name} ${verb}`)]),
          ),
        ]
      : []),
    heading(out, 'Everywhere'),
    ...rows(
      out,
      globalFlags.map(({ flag, description }) => [flag, description]),
    ),
    ...(command.examples ? [heading(out, 'Examples'), ...command.examples.map((example) => `  ${example}`)] : []),
  ].join('\n')
}

export function flagRows(flags: Flags): Row[] {
  return Object.entries(flags).map(([key, flag]) => [
    `${flag.short ? `-${flag.short}, ` : ''}--${flagName(key)}${placeholder(flag)}`,
    describe(flag),
  ])
}

const placeholders = { boolean: '', string: ' VALUE', integer: ' N', duration: ' TIME' }

const placeholder = (flag: Flag): string => (flag.value && flag.type !== 'boolean' ? ` ${flag.value}` : placeholders[flag.type])

function describe(flag: Flag): string {
  const choices = flag.choices ? ` (${flag.choices.join(', ')})` : ''
  return `${flag.description}${choices}${flag.multiple ? '; may be repeated' : ''}`
}

export const heading = (out: Output, title: string): string => `\n${out.paint('bold', title)}`

/** Two columns, the left one as wide as its widest text up to a limit. On a terminal the right one stays in its column. */
export function rows(out: Output, pairs: readonly Row[]): string[] {
  const width = Math.min(30, Math.max(0, ...pairs.map(([left]) => left.length)))
  return pairs.flatMap(([left, right]) => {
    const [first = '', ...more] = fitting(out, right, width + 4)
    const below = more.map((line) => `  ${' '.repeat(width)}  ${line}`)
    if (left.length > width) return [`  ${left}`, `  ${' '.repeat(width)}  ${first}`, ...below]
    return [`  ${padEnd(left, width)}  ${first}`.trimEnd(), ...below]
  })
}

/** As it stands in a pipe; on a terminal in lines that fit it. */
const paragraph = (out: Output, text: string): string[] => (out.terminal ? fitting(out, text.replaceAll('\n', ' '), 0) : [text])

const narrowest = 20

function fitting(out: Output, text: string, indent: number): string[] {
  const width = out.columns() - indent
  return out.terminal && width >= narrowest ? wrap(text, width) : [text]
}
