import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Command } from '../cli/command.ts'
import { commands } from '../cli/commands/index.ts'
import { hiddenCommands } from '../cli/dispatch.ts'
import { globalFlags } from '../cli/globals.ts'
import { flagRows } from '../cli/help.ts'
import { argumentLabel } from '../cli/parse.ts'

const path = fileURLToPath(new URL('../docs/cli.md', import.meta.url))

/** docs/cli.md, from the same data that `micro COMMAND --help` is made of. */
export async function cliDocument(): Promise<string> {
  const names = Object.keys(commands).filter((name) => !hiddenCommands.has(name))
  const sections = await Promise.all(names.map(async (name) => section(name, (await commands[name]?.load())?.default)))
  return [
    '<!-- Made by scripts/docs-cli.ts from cli/commands/; do not edit. -->',
    '# The `micro` command',
    '',
    'Every command says the same by `--help`. `micro SERVICE [ENDPOINT] [--field=value]` calls a service that runs: see',
    '[calling services](calling-services.md). These flags go with every command:',
    '',
    ...rows(globalFlags.map(({ flag, description }) => [flag, description])),
    '',
    'Exit codes: 0 done · 1 it failed · 2 used wrongly · 3 not logged in, or not allowed · 4 not found · 5 the server cannot be reached ·',
    '124 it took too long · 130 interrupted.',
    '',
    'Scripts set `MICRO_TOKEN` (an access token, used as it is), `MICRO_NAMESPACE` and `MICRO_ENV` in place of logging in and choosing.',
    '`MICRO_HOME` moves what the command keeps, `NO_COLOR` takes the colours away, `MICRO_DEBUG` shows stacks.',
    '',
    ...sections.flat(),
  ].join('\n')
}

function section(name: string, command: Command | undefined): string[] {
  if (command === undefined) return []
  const args = Object.entries(command.arguments ?? {}).map(([key, spec]) => ({ label: argumentLabel(key, spec), spec }))
  const flags = flagRows(command.flags ?? {})
  const words = args.map(({ label, spec }) => (spec.optional ? `[${label}]` : label))
  const facts = [...args.map(({ label, spec }) => [label, spec.description] as const), ...flags]
  return [
    `## micro ${[name, ...words].join(' ')}`,
    '',
    sentence(command.summary),
    ...(command.details ? ['', command.details] : []),
    ...(facts.length > 0 ? ['', ...rows(facts)] : []),
    ...(command.examples ? ['', '```sh', ...command.examples, '```'] : []),
    '',
  ]
}

const rows = (facts: readonly (readonly [string, string])[]): string[] => facts.map(([name, text]) => `- \`${name}\`: ${text}`)
const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`)

if (import.meta.main) {
  const document = await cliDocument()
  if (!process.argv.includes('--check')) await writeFile(path, document)
  else if ((await readFile(path, 'utf8').catch(() => '')) !== document) {
    console.error('docs/cli.md is not what cli/commands/ says. Type: npm run docs')
    process.exit(1)
  }
}
