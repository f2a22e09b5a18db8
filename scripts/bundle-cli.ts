import { chmod, mkdir, readFile, rename } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { readTemplates } from '../cli/new/templates.ts'

const root = join(import.meta.dirname, '..')

/** The CLI as one file that needs nothing but Node: what `micro` runs, and what the installer puts in place. */
export async function bundleCli(outfile: string): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const unfinished = `${outfile}.${process.pid}`
  await mkdir(dirname(outfile), { recursive: true })
  await build({
    entryPoints: [join(root, 'cli/main.ts')],
    outfile: unfinished,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    legalComments: 'none',
    logLevel: 'error',
    tsconfigRaw: '{}',
    define: { MICRO_VERSION: JSON.stringify(version), MICRO_TEMPLATES: JSON.stringify(readTemplates()) },
    plugins: [lazyBuiltins],
  })
  await chmod(unfinished, 0o755)
  await rename(unfinished, outfile) // in one step: another process may be starting it
}

/**
 * An ES module loads every module that it names before it runs, so a single file would load http2, tls and zlib even for `micro version`.
 * This way a built-in module is loaded when the first part of the CLI that needs it runs.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    const builtins = new Set(builtinModules)
    onResolve({ filter: /^[a-z]/ }, ({ path }) => {
      const name = path.replace(/^node:/, '')
      return builtins.has(name) ? { path: name, namespace: 'builtin' } : undefined
    })
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
      loader: 'js',
    }))
  },
}

if (import.meta.main) await bundleCli(process.argv[2] ?? join(root, 'dist/micro.mjs'))
