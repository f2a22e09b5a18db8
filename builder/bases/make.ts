import { createHash } from 'node:crypto'
import { cp, link, mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PlatformError } from '../../lib/errors.ts'
import { removeTree } from '../../lib/remove-tree.ts'
import { docker, type Engine, inspectImage } from '../image/engine.ts'
import { localName } from './base.ts'
import { exclusively } from './lock.ts'
import { identityOf, type Machine } from './machine.ts'
import type { Making } from './making.ts'
import { importPackages } from './packages.ts'
import { type LocalBase, type Recipe, recipeOf } from './recipe.ts'

const timeoutMs = 15 * 60_000

/**
 * Makes the base image on this machine, and those that it is made on, unless it is there: `micro/node:<key>`, and `micro/node` for people's own
 * Dockerfiles. The key tells what it was made of, so that another Node.js on the machine makes another image.
 * @returns its name with the key
 * @throws PlatformError `failed_precondition` that says what the machine lacks, or what failed
 */
export async function makeBase(engine: Engine, machine: Machine, base: LocalBase, making: Making): Promise<string> {
  const name = await nameOf(machine, base)
  if (await inspectImage(engine, name)) return name
  return exclusively('base-images', making.signal, () => make(engine, machine, base, making))
}

async function make(engine: Engine, machine: Machine, base: LocalBase, making: Making): Promise<string> {
  const name = await nameOf(machine, base)
  if (await inspectImage(engine, name)) return name
  const recipe = recipeOf(base, machine)
  const directory = await mkdtemp(join(tmpdir(), 'micro-base-'))
  try {
    const parent =
      recipe.parent === 'packages'
        ? await importPackages(engine, machine, directory, making)
        : await make(engine, machine, recipe.parent, making)
    making.onLog(`Making the base image ${localName(base)}`)
    const context = recipe.context?.directory ?? (await contextOf(recipe, join(directory, 'context')))
    const file = join(directory, 'Dockerfile')
    await writeFile(file, dockerfileOf(recipe, parent))
    await writeFile(`${file}.dockerignore`, (recipe.context?.leaveOut ?? []).join('\n'))
    const labels = ['--label', `micro.base=${base}`]
    const tags = ['--tag', name, '--tag', localName(base)]
    await run(engine, ['build', '--progress', 'plain', '--file', file, ...labels, ...tags, context], making)
    return name
  } finally {
    await removeTree(directory)
  }
}

/** @throws PlatformError when it does not end with exit code 0 */
async function run(engine: Engine, args: readonly string[], { signal, onLog }: Making): Promise<void> {
  const lines: string[] = []
  const { code } = await docker(engine, args, {
    signal,
    timeoutMs,
    onLine(line) {
      // What a command printed, as BuildKit shows it: "#7 1.234 text".
      const [, printed] = /^#\d+ \d+\.\d+ (.*)$/.exec(line) ?? []
      if (printed?.trim()) lines.push(printed)
      onLog(line)
    },
  })
  if (code === 0) return
  throw new PlatformError('failed_precondition', `A base image could not be made:\n${lines.slice(-12).join('\n')}`, {
    reason: 'BASE_IMAGE_FAILED',
    hint: 'Mend what the lines above say, or name other images with MICRO_BASE_IMAGES.',
  })
}

export const dockerfileOf = ({ stages, lines }: Recipe, parent: string): string =>
  [...stages.map((line) => line.replace(/^FROM PARENT\b/, `FROM ${parent}`)), `FROM ${parent}`, ...lines, ''].join('\n')

async function contextOf({ copies, texts }: Recipe, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  for (const [path, from] of Object.entries(copies)) {
    const to = join(directory, path)
    // A link costs nothing, but is for files of the same file system only.
    if ((await stat(from)).isDirectory()) await cp(from, to, { recursive: true })
    else await link(from, to).catch(() => cp(from, to))
  }
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  return directory
}

async function nameOf(machine: Machine, base: LocalBase): Promise<string> {
  const hash = createHash('sha256')
  for (let next: LocalBase | 'packages' = base; next !== 'packages'; ) {
    const recipe: Recipe = recipeOf(next, machine)
    const files = Object.values(recipe.copies).map((path) => (path === machine.npm ? join(path, 'package.json') : path))
    if (recipe.context) files.push(join(recipe.context.directory, 'bin', next === 'go' ? 'go' : 'rustc'))
    hash.update(JSON.stringify([recipe, await Promise.all(files.map(identityOf))]))
    next = recipe.parent
  }
  hash.update(machine.codename)
  return `${localName(base)}:${hash.digest('hex').slice(0, 12)}`
}
