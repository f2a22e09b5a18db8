import { mkdir, symlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { mapLimited } from '../lib/concurrency.ts'
import { PlatformError } from '../lib/errors.ts'
import { linkStaysInside } from '../lib/links.ts'
import { Sha256, SourcePath } from '../lib/names.ts'
import type { Blobs } from '../storage/blobs.ts'

/** One file of an uploaded source: content by its hash, or a link. */
export type ManifestFile = {
  path: string
  /** Lower-case hexadecimal; absent for a link. */
  sha256?: string | undefined
  size: number
  executable: boolean
  link?: string | undefined
}

export type ManifestLimits = { files: number; fileBytes: number; totalBytes: number }

const defaultLimits: ManifestLimits = { files: 20_000, fileBytes: 100 * 2 ** 20, totalBytes: 512 * 2 ** 20 }

/**
 * Writes an uploaded source to an empty directory.
 * @throws PlatformError `invalid_argument` for a path or link that cannot be, `resource_exhausted` beyond a limit (both name the path),
 *   `not_found` when content isn't stored
 */
export async function materialise(
  manifest: readonly ManifestFile[],
  options: { blobs: Blobs; namespaceId: string; into: string; limits?: ManifestLimits; signal?: AbortSignal },
): Promise<void> {
  const { blobs, namespaceId, into, signal } = options
  const folders = checkManifest(manifest, options.limits ?? defaultLimits)
  // Parents stand before what is in them.
  for (const folder of ['', ...folders])
    await mkdir(join(into, folder), { recursive: folder === '', mode: 0o755 }).catch(ignoreExisting(folder))
  await mapLimited(manifest, 16, async ({ path, sha256, executable, link }) => {
    if (signal?.aborted) throw new PlatformError('canceled', 'The build was canceled.')
    if (link !== undefined) await symlink(link, join(into, path))
    else if (sha256 !== undefined) await blobs.copyTo(namespaceId, sha256, join(into, path), executable ? 0o755 : 0o644)
  })
}

/** @returns the directories that the files need, parents first */
function checkManifest(manifest: readonly ManifestFile[], limits: ManifestLimits): string[] {
  if (manifest.length === 0)
    throw new PlatformError('failed_precondition', 'The source is empty: there is nothing to build.', { reason: 'SOURCE_EMPTY' })
  if (manifest.length > limits.files) throw tooMuch(`The source has ${manifest.length} files; at most ${limits.files} are allowed.`)
  const paths = new Set<string>()
  const folders = new Set<string>()
  let totalBytes = 0
  for (const file of manifest) {
    checkFile(file)
    if (paths.has(file.path)) throw invalid(`${file.path} stands twice in the source.`)
    if (file.size > limits.fileBytes) throw tooMuch(`${file.path} has ${file.size} bytes; a file may have at most ${limits.fileBytes}.`)
    totalBytes += file.size
    if (totalBytes > limits.totalBytes) throw tooMuch(`The source is too large: with ${file.path} it exceeds ${limits.totalBytes} bytes.`)
    paths.add(file.path)
    for (let folder = posix.dirname(file.path); folder !== '.' && !folders.has(folder); folder = posix.dirname(folder)) folders.add(folder)
  }
  for (const folder of folders) {
    if (paths.has(folder)) throw invalid(`${folder} is both a file and a directory of the source.`)
  }
  return [...folders].sort()
}

function checkFile({ path, sha256, size, link }: ManifestFile): void {
  const shown = JSON.stringify(path.slice(0, 200))
  if (!SourcePath.safeParse(path).success) throw invalid(`${shown} is no path of a source: relative, with no empty, . or .. parts.`)
  if (!Number.isSafeInteger(size) || size < 0) throw invalid(`${shown} has no valid size.`)
  if (link !== undefined) {
    if (sha256 !== undefined) throw invalid(`${shown} is both a link and a file.`)
    if (!linkStaysInside(path, link))
      throw invalid(`The link ${path} points out of the source, to ${link}; a source holds all that it needs.`)
  } else if (!Sha256.safeParse(sha256).success) throw invalid(`${shown} has no SHA-256.`)
}

function ignoreExisting(folder: string) {
  return (error: NodeJS.ErrnoException) => {
    if (folder !== '' || error.code !== 'EEXIST') throw error
  }
}

const invalid = (message: string) => new PlatformError('invalid_argument', message, { reason: 'SOURCE_INVALID' })
const tooMuch = (message: string) =>
  new PlatformError('resource_exhausted', message, {
    reason: 'SOURCE_TOO_LARGE',
    hint: 'Leave out what is not needed with a .microignore file.',
  })
