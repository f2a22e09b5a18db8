import { PlatformError } from '../lib/errors.ts'

export type ListingLimits = { files: number; fileBytes: number; totalBytes: number }
export type TreeEntry = { kind: 'file' | 'link' | 'submodule'; path: string; size: number }

/** Reads the output of `git ls-tree -r -l -z`: mode, type, object, size, tab, path. */
export function parseListing(output: string): TreeEntry[] {
  return output
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t')
      const [mode, , , size] = line.slice(0, tab).split(/ +/)
      const kind = mode === '120000' ? 'link' : mode === '160000' ? 'submodule' : 'file'
      return { kind, path: line.slice(tab + 1), size: Number(size) || 0 }
    })
}

/** Before anything is written. @throws PlatformError `resource_exhausted` that names the path, `failed_precondition` when there is nothing */
export function checkListing(entries: readonly TreeEntry[], limits: ListingLimits): void {
  const files = entries.filter(({ kind }) => kind !== 'submodule')
  if (files.length === 0)
    throw new PlatformError('failed_precondition', 'The source is empty: there is nothing to build.', { reason: 'SOURCE_EMPTY' })
  if (files.length > limits.files) throw tooMuch(`The source has ${files.length} files; at most ${limits.files} are allowed.`)
  let totalBytes = 0
  for (const { path, size } of files) {
    if (size > limits.fileBytes) throw tooMuch(`${path} has ${size} bytes; a file may have at most ${limits.fileBytes}.`)
    totalBytes += size
  }
  if (totalBytes > limits.totalBytes) throw tooMuch(`The source has ${totalBytes} bytes; at most ${limits.totalBytes} are allowed.`)
}

const tooMuch = (message: string) =>
  new PlatformError('resource_exhausted', message, { reason: 'SOURCE_TOO_LARGE', hint: 'Name the sub-folder that is to run.' })
