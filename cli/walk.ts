import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { dirname, join, posix, resolve, sep } from 'node:path'
import { PlatformError } from '../lib/errors.ts'
import { type IgnoreRules, ignoreRules, isAlwaysIgnored } from './ignore-rules.ts'
import { isMissing, reasonOf } from './state-file.ts'
import { formatBytes } from './units.ts'

export type WalkedFile = {
  path: string
  size: number
  executable: boolean /** Changes whenever the content may have. */
  stamp: string
  changedAtMs: number
}
export type WalkedLink = { path: string; link: string }
export type WalkedTree = { files: WalkedFile[]; links: WalkedLink[]; totalBytes: number }

export type WalkLimits = { files: number; fileBytes: number; totalBytes: number }

const defaultLimits: WalkLimits = { files: 20_000, fileBytes: 100 * 2 ** 20, totalBytes: 512 * 2 ** 20 }

/**
 * The files of a local source, sorted by path: all but what ignore files and the fixed list leave out. Links inside the tree stay links,
 * one that leads out of it is an error that names it, as are an empty directory and a source beyond the limits.
 */
export async function walk(root: string, limits: WalkLimits = defaultLimits): Promise<WalkedTree> {
  const base = await directoryAt(root)
  const tree: WalkedTree = { files: [], links: [], totalBytes: 0 }
  await walkDirectory({ base, limits, tree }, '', await ignoreRules(base))
  if (tree.files.length === 0) {
    throw failed(`There is nothing to run in ${root}: it has no files${tree.links.length > 0 ? ' but links' : ''}, or all are ignored.`)
  }
  tree.files.sort(byPath)
  tree.links.sort(byPath)
  return tree
}

const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1)

const failed = (message: string, hint?: string) => new PlatformError('failed_precondition', message, hint === undefined ? {} : { hint })

async function directoryAt(root: string): Promise<string> {
  try {
    const base = await realpath(root)
    if ((await lstat(base)).isDirectory()) return base
  } catch (error) {
    if (isMissing(error)) throw new PlatformError('not_found', `There is no directory ${root}.`, { cause: error })
    throw failed(`${root} can't be read: ${reasonOf(error)}.`)
  }
  throw failed(`${root} is a file, not a directory.`, 'Name the directory that it is in.')
}

type Walk = { base: string; limits: WalkLimits; tree: WalkedTree }

async function walkDirectory(state: Walk, directory: string, parentRules: IgnoreRules): Promise<void> {
  const entries = await readEntries(join(state.base, directory), directory)
  const rules = await parentRules.within(
    directory,
    entries.map(({ name }) => name),
  )
  const kept = entries.filter(({ name }) => !isAlwaysIgnored(name))
  for (const entry of kept) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`
    if (rules.test(path, entry.isDirectory())) continue
    if (entry.isDirectory()) await walkDirectory(state, path, rules)
    else if (entry.isSymbolicLink()) await addLink(state, path)
    else if (entry.isFile()) await addFile(state, path)
    // sockets, pipes and devices are no source
  }
}

async function readEntries(path: string, directory: string) {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    throw failed(`The directory ${directory || '.'} can't be read: ${reasonOf(error)}.`, ignoreHint(directory))
  }
}

async function addFile({ base, limits, tree }: Walk, path: string): Promise<void> {
  const stats = await lstat(join(base, path), { bigint: true })
  const size = Number(stats.size)
  if (size > limits.fileBytes) {
    throw failed(`${path} has ${formatBytes(size)}; a file of a source has at most ${formatBytes(limits.fileBytes)}.`, ignoreHint(path))
  }
  tree.totalBytes += size
  tree.files.push({
    path,
    size,
    executable: (stats.mode & 0o111n) !== 0n,
    stamp: `${stats.mtimeNs}.${stats.ctimeNs}.${stats.size}.${stats.ino}`,
    changedAtMs: Number(stats.ctimeMs),
  })
  checkTotals(tree, limits)
}

function checkTotals(tree: WalkedTree, limits: WalkLimits): void {
  if (tree.files.length + tree.links.length > limits.files) {
    throw failed(`There are more than ${limits.files.toLocaleString('en')} files.`, `${biggest(tree, () => 1)} ${ignoreHint('DIRECTORY/')}`)
  }
  if (tree.totalBytes > limits.totalBytes) {
    throw failed(
      `The files have more than ${formatBytes(limits.totalBytes)}.`,
      `${biggest(tree, ({ size }) => size)} ${ignoreHint('DIRECTORY/')}`,
    )
  }
}

/** The top-level entry that most of it is in. */
function biggest(tree: WalkedTree, weigh: (file: WalkedFile) => number): string {
  const weights = new Map<string, number>()
  for (const file of tree.files) {
    const [top = file.path] = file.path.split('/', 1)
    weights.set(top, (weights.get(top) ?? 0) + weigh(file))
  }
  const [heaviest] = [...weights].sort((a, b) => b[1] - a[1])
  return `Most is in ${heaviest?.[0]}.`
}

const ignoreHint = (path: string) => `What is not needed to run it can be listed in .microignore: ${path}`

async function addLink({ base, limits, tree }: Walk, path: string): Promise<void> {
  const target = await readlink(join(base, path))
  const outside = failed(
    `The link ${path} leads out of the source, to ${target}.`,
    `Copy what it leads to into the source, or list it in .microignore: ${path}`,
  )
  if (target.startsWith('/') || posix.normalize(posix.join(dirname(path), target)).split('/')[0] === '..') throw outside
  if (!(await staysInside(base, path, target))) throw outside
  tree.links.push({ path, link: target })
  checkTotals(tree, limits)
}

/** Follows the whole chain: a link to a link may leave the tree though its own target does not. What leads nowhere leads nowhere outside. */
async function staysInside(base: string, path: string, target: string): Promise<boolean> {
  try {
    const real = await realpath(resolve(base, dirname(path), target))
    return real === base || real.startsWith(base + sep)
  } catch (error) {
    if (isMissing(error) || reasonOf(error) === 'ELOOP') return true
    throw error
  }
}
