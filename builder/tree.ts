import { readFileSync, statSync } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '../lib/errors.ts'
import { linkStaysInside } from '../lib/links.ts'

export type TreeFile = { size: number; executable: boolean; link?: string }

/** What a plan may know of a source: the listing, and the text of small files. */
export type SourceTree = {
  /** By path relative to the root; directories are not listed. */
  readonly files: ReadonlyMap<string, TreeFile>
  /** Undefined when there is no such file; `failed_precondition` when it is larger than 1 MiB. */
  text(path: string): string | undefined
}

/** Where the platform keeps its own files inside an artifact; a source's own files of that name are left out. */
export const platformDirectory = '.micro'

const maxTextBytes = 1024 * 1024

/** @throws PlatformError `invalid_argument` when something in it is no file, directory or link that stays inside */
export async function readTree(directory: string): Promise<SourceTree> {
  const files = new Map<string, TreeFile>()
  await walk(directory, '', files)
  return {
    files,
    text(path) {
      const file = files.get(path)
      const size = file?.link === undefined ? file?.size : sizeBehind(join(directory, path))
      if (size === undefined) return undefined
      if (size > maxTextBytes) throw new PlatformError('failed_precondition', `${path} is larger than 1 MiB; that is no ${path}.`)
      return readFileSync(join(directory, path), 'utf8')
    },
  }
}

/** Of the file that a link leads to; undefined when it leads to none. */
function sizeBehind(link: string): number | undefined {
  try {
    const stats = statSync(link)
    return stats.isFile() ? stats.size : undefined
  } catch {
    return undefined // It leads nowhere, or to itself.
  }
}

async function walk(root: string, folder: string, files: Map<string, TreeFile>): Promise<void> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (path === platformDirectory) return undefined
      return entry.isDirectory() ? { path, directory: true as const } : { path, file: await describe(root, path) }
    }),
  )
  for (const entry of found) {
    if (entry?.file) files.set(entry.path, entry.file)
    else if (entry) await walk(root, entry.path, files)
  }
}

async function describe(root: string, path: string): Promise<TreeFile> {
  const stats = await lstat(join(root, path))
  if (stats.isFile()) return { size: stats.size, executable: (stats.mode & 0o100) !== 0 }
  if (!stats.isSymbolicLink())
    throw new PlatformError('invalid_argument', `${path} is neither a file nor a directory nor a link; leave it out.`)
  const link = await readlink(join(root, path))
  if (linkStaysInside(path, link)) return { size: 0, executable: false, link }
  throw new PlatformError('invalid_argument', `The link ${path} points out of the source, to ${link}; a source holds all that it needs.`)
}
