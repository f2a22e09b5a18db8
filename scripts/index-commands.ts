import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** As the formatter breaks lines. */
const lineWidth = 140
const folder = join(import.meta.dirname, '../cli/commands')

/**
 * The index of the CLI's commands: a command's path is its file's path (`cli/commands/env/add.ts` is `micro env add`).
 * It holds the summaries too, so that `micro --help` loads no command.
 */
export async function commandIndex(): Promise<string> {
  const files = (await readdir(folder, { recursive: true })).filter((file) => /^[a-z/-]+\.ts$/.test(file) && file !== 'index.ts').sort()
  const entries = await Promise.all(files.map(entry))
  return [
    '// Made by scripts/index-commands.ts; do not edit.',
    "import type { Command } from '../command.ts'",
    '',
    'export type CommandEntry = { readonly summary: string; load(): Promise<{ default: Command }> }',
    '',
    'export const commands: Readonly<Record<string, CommandEntry>> = {',
    ...entries,
    '}',
    '',
  ].join('\n')
}

async function entry(file: string): Promise<string> {
  const { default: command } = await import(pathToFileURL(join(folder, file)).href)
  const name = file.replace(/\.ts$/, '').replaceAll('/', ' ')
  const key = /^[a-z]+$/.test(name) ? name : `'${name}'`
  const parts = [`summary: ${quote(command.summary)}`, `load: () => import('./${file}')`]
  const line = `  ${key}: { ${parts.join(', ')} },`
  return line.length <= lineWidth ? line : [`  ${key}: {`, ...parts.map((part) => `    ${part},`), '  },'].join('\n')
}

const quote = (text: string): string => (text.includes("'") ? JSON.stringify(text) : `'${text}'`)

if (import.meta.main) await writeFile(join(folder, 'index.ts'), await commandIndex())
