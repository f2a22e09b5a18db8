import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { isMissing } from './state-file.ts'

/** Left out whatever the ignore files say: version control, installed dependencies, caches of tools. */
const always = new Set(
  '.git .hg .svn .jj node_modules .venv venv __pycache__ .mypy_cache .pytest_cache .ruff_cache .tox .gradle .next .turbo .DS_Store'.split(
    ' ',
  ),
)

export const isAlwaysIgnored = (name: string): boolean => always.has(name)

const ignoreFiles = ['.gitignore', '.microignore']

/** Ignore rules as git applies them: a directory's own rules go before its parents'. Paths are relative to the root of the source. */
export type IgnoreRules = {
  test(path: string, isDirectory: boolean): boolean
  /** The rules inside a directory with these entries. */
  within(directory: string, names: readonly string[]): Promise<IgnoreRules>
}

/** Rules of one directory: inside the source (`directory`), or above it (`prefix` leads from there to the source). */
type Layer = { directory: string; prefix: string; rules: Ignore }

/** Rules for a source; those of the repository that it lies in count too, unless they leave out the source itself. */
export const ignoreRules = async (root: string): Promise<IgnoreRules> => layered(root, await layersAbove(root))

function layered(root: string, layers: readonly Layer[]): IgnoreRules {
  return {
    test: (path, isDirectory) => {
      for (const { directory, prefix, rules } of layers) {
        const relative = prefix + (directory === '' ? path : path.slice(directory.length + 1))
        const { ignored, unignored } = rules.test(isDirectory ? `${relative}/` : relative)
        if (ignored || unignored) return ignored
      }
      return false
    },
    async within(directory, names) {
      const rules = await readRules(
        join(root, directory),
        ignoreFiles.filter((name) => names.includes(name)),
      )
      return rules === undefined ? this : layered(root, [{ directory, prefix: '', rules }, ...layers])
    },
  }
}

async function readRules(directory: string, names: readonly string[]): Promise<Ignore | undefined> {
  const texts = await Promise.all(names.map((name) => readIfPresent(join(directory, name))))
  const present = texts.filter((text) => text !== undefined)
  return present.length === 0 ? undefined : ignore().add(present.join('\n'))
}

async function layersAbove(root: string): Promise<Layer[]> {
  if (await exists(join(root, '.git'))) return []
  const layers: Layer[] = []
  let prefix = `${basename(root)}/`
  for (let above = dirname(root); ; above = dirname(above)) {
    const rules = await readRules(above, ignoreFiles)
    if (rules !== undefined && !rules.ignores(prefix)) layers.push({ directory: '', prefix, rules })
    if (await exists(join(above, '.git'))) return layers
    if (above === dirname(above)) return [] // in no repository: what lies above is none of its business
    prefix = `${basename(above)}/${prefix}`
  }
}

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined // unreadable counts as absent

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
