import type { Plan } from '../plan.ts'
import { platformDirectory, type SourceTree } from '../tree.ts'

const serverPath = `${platformDirectory}/static-server.js`

/** How the files of a folder are served. With `singlePage`, paths that are none of them get the start page, which knows what they mean. */
export const serving = (folder: string, singlePage = false) => ({
  startCommand: ['node', serverPath, folder, ...(singlePage ? ['single-page'] : [])],
  additions: { [serverPath]: new URL('./server.js', import.meta.url) },
})

export function planStatic(tree: SourceTree): Plan | undefined {
  const root = ['.', 'public', 'dist', 'site', '_site'].find((folder) =>
    tree.files.has(folder === '.' ? 'index.html' : `${folder}/index.html`),
  )
  if (root === undefined) return undefined
  const page = root === '.' ? 'index.html' : `${root}/index.html`
  return {
    detected: `Static site (${page})`,
    steps: [],
    ...serving(root),
    programs: [],
    env: {},
    bases: { build: 'node', run: 'node' },
  }
}
