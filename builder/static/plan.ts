import type { Plan } from '../plan.ts'
import { platformDirectory, type SourceTree } from '../tree.ts'

const serverPath = `${platformDirectory}/static-server.js`

export function planStatic(tree: SourceTree): Plan | undefined {
  const root = ['.', 'public', 'dist', 'site', '_site'].find((folder) =>
    tree.files.has(folder === '.' ? 'index.html' : `${folder}/index.html`),
  )
  if (root === undefined) return undefined
  const page = root === '.' ? 'index.html' : `${root}/index.html`
  return {
    detected: `Static site (${page})`,
    steps: [],
    startCommand: ['node', serverPath, root],
    programs: [],
    env: {},
    additions: { [serverPath]: new URL('./server.js', import.meta.url) },
  }
}
