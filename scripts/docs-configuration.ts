import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { consoleSettings } from '../config/console.ts'
import { platformSettings } from '../config/platform.ts'
import { routerSettings } from '../config/router.ts'
import { serverSettings } from '../config/server.ts'
import type { Setting, Settings } from '../config/setting.ts'

const path = fileURLToPath(new URL('../docs/configuration.md', import.meta.url))

const settings: readonly Setting<unknown>[] = Object.values(serverSettings)
const parts: Readonly<Record<string, Settings>> = {
  router: routerSettings,
  'control and worker': platformSettings,
  console: consoleSettings,
}

/** docs/configuration.md, from the schemas that the processes read their settings by. */
export function configurationDocument(): string {
  return [
    '<!-- Made by scripts/docs-configuration.ts from config/; do not edit. -->',
    '# Configuration',
    '',
    'Settings are environment variables. An empty one counts as not set. `micro server` reports every problem with them at once, and',
    'changes nothing until there is none. Those marked *secret* are never printed or logged, and no process gets one that it does not use.',
    '',
    ...settings.filter(({ internal }) => !internal).flatMap(section),
    '## A part that runs alone',
    '',
    '`micro server --only router|control|worker|console` runs one part of the server. Each reads only what it needs:',
    '',
    ...Object.entries(parts).map(([name, settings]) => `- **${name}**: ${Object.values(settings).map(code).join(', ')}`),
    '',
    ...settings.filter(({ internal }) => internal).flatMap(section),
  ].join('\n')
}

function section(setting: Setting<unknown>): string[] {
  return [
    `## ${setting.name}`,
    '',
    setting.description,
    '',
    `- ${setting.type}${setting.secret ? ', *secret*' : ''}`,
    ...(setting.default === undefined ? [] : [`- default: ${setting.default}`]),
    '',
  ]
}

const code = ({ name }: { name: string }): string => `\`${name}\``

if (import.meta.main) {
  const document = configurationDocument()
  if (!process.argv.includes('--check')) await writeFile(path, document)
  else if ((await readFile(path, 'utf8').catch(() => '')) !== document) {
    console.error('docs/configuration.md is not what config/ says. Type: npm run docs')
    process.exit(1)
  }
}
