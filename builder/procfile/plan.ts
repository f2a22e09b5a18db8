import { basesOf, type Plan } from '../plan.ts'
import type { SourceTree } from '../tree.ts'

/** The command line of a process type, such as `web`, in a Procfile (https://devcenter.heroku.com/articles/procfile). */
export function processCommand(tree: SourceTree, type: 'web' | 'release'): string | undefined {
  for (const line of (tree.text('Procfile') ?? '').split(/\r?\n/)) {
    const command = line.startsWith(`${type}:`) ? line.slice(type.length + 1).trim() : ''
    if (command !== '') return command
  }
  return undefined
}

export function planProcfile(tree: SourceTree): Plan | undefined {
  if (!tree.files.has('Procfile')) return undefined
  const startCommand = processCommand(tree, 'web')
  return {
    detected: 'Procfile',
    steps: [],
    ...(startCommand === undefined ? { missingStart: 'The Procfile has no line that starts with web:' } : { startCommand }),
    programs: [],
    env: {},
    bases: basesOf(startCommand),
  }
}
