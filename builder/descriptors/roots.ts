import { posix } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import type { SourceTree } from '../tree.ts'

/** Files of other projects, and what generators and package managers put there. */
const foreign = /(^|\/)(node_modules|vendor|third_party|\.[^/]+|__pycache__)\//

/** All of it is in memory at once, several times. */
const maxProtoBytes = 16 * 2 ** 20

export type ProtoFiles = {
  /** Folders from which imports are resolved; none contains another. */
  roots: readonly string[]
  /** Text by path, of the files below the roots. */
  files: ReadonlyMap<string, string>
}

/** The `.proto` files of a source and how they import each other: as buf's configuration says, else as their imports resolve best. */
export function findProtos(tree: SourceTree): ProtoFiles | undefined {
  const protos = [...tree.files].filter(([path, file]) => path.endsWith('.proto') && file.link === undefined && !foreign.test(path))
  if (protos.length === 0) return undefined
  if (protos.reduce((sum, [, { size }]) => sum + size, 0) > maxProtoBytes) throw tooMuch()
  const files = new Map(protos.map(([path]) => [path, tree.text(path) ?? '']))
  const configured = configuredRoots(tree).filter((root) => [...files.keys()].some((path) => isBelow(path, root)))
  const roots = configured.length > 0 ? withoutNested(configured) : [bestRoot(files)]
  return { roots, files: new Map([...files].filter(([path]) => roots.some((root) => isBelow(path, root)))) }
}

const tooMuch = (): PlatformError =>
  new PlatformError('resource_exhausted', `The source has more than ${maxProtoBytes / 2 ** 20} MiB of .proto files.`, {
    reason: 'PROTO_TOO_LARGE',
    hint: 'Leave out those that the service does not need with a .microignore file.',
  })

export const importsOf = (text: string): string[] =>
  // Blank lines must not count as the beginning of a line: their number squared would be the time that this takes.
  [...text.matchAll(/^[ \t]*import\s+(?:public\s+|weak\s+)?["']([^"']+)["']\s*;/gm)].map((match) => match[1] ?? '')

export const inRoot = (root: string, path: string): string => (root === '.' ? path : `${root}/${path}`)

const isBelow = (path: string, root: string) => root === '.' || path.startsWith(`${root}/`)

/** `proto` before the whole source before anything else, unless more imports resolve elsewhere. */
function bestRoot(files: ReadonlyMap<string, string>): string {
  const imports = [...files.values()].flatMap(importsOf)
  const folders = new Set(['proto', '.'])
  for (const path of files.keys()) {
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) folders.add(folder)
  }
  const candidates = [...folders].filter((root) => [...files.keys()].some((path) => isBelow(path, root)))
  const resolved = (root: string) => imports.filter((name) => files.has(inRoot(root, name))).length
  return candidates.reduce((best, root) => (resolved(root) > resolved(best) ? root : best), candidates[0] ?? '.')
}

const BufYaml = z.object({
  modules: z.array(z.object({ path: z.string().default('.') })).optional(),
  build: z.object({ roots: z.array(z.string()).optional() }).optional(),
})
const BufWork = z.object({ directories: z.array(z.string()) })

/** From buf.yaml (v2: modules, v1: where it stands, v1beta1: build.roots) and buf.work.yaml. What cannot be read there counts as absent. */
function configuredRoots(tree: SourceTree): string[] {
  const work = BufWork.safeParse(yaml(tree.text('buf.work.yaml')))
  if (work.success) return work.data.directories.map(normal)
  return [...tree.files.keys()]
    .filter((path) => posix.basename(path) === 'buf.yaml' && !foreign.test(path))
    .flatMap((path) => {
      const folder = posix.dirname(path)
      const config = BufYaml.safeParse(yaml(tree.text(path)))
      const paths = (config.success && (config.data.modules?.map((module) => module.path) ?? config.data.build?.roots)) || ['.']
      return paths.map((relative) => normal(posix.join(folder, relative)))
    })
    .filter((root) => !root.startsWith('..') && !root.startsWith('/'))
}

/** Reading takes time by the square of the number of keys. */
const maxYamlLength = 64 * 1024

function yaml(text: string | undefined): unknown {
  if (text === undefined || text.length > maxYamlLength) return undefined
  try {
    return parse(text, { maxAliasCount: 100 })
  } catch {
    // buf.yaml is not ours to check.
    return undefined
  }
}

const normal = (path: string) => posix.normalize(path).replace(/\/$/, '')
const withoutNested = (roots: string[]) =>
  [...new Set(roots)].filter((root) => !roots.some((other) => other !== root && isBelow(root, other)))
