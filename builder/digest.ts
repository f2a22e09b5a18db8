import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mapLimited } from '../lib/concurrency.ts'
import type { Settings } from './builder.ts'
import type { SourceTree } from './tree.ts'

/** Raised when the same source would become another artifact. */
const builderVersion = 2
const inMemoryBytes = 1024 * 1024

/**
 * What decides about an artifact: paths, modes and contents of the source, the settings given, and the builder's version.
 * @param surroundings what else does: the builder's kind, the Node.js or the images that it builds with
 */
export async function digestOf(
  directory: string,
  tree: SourceTree,
  settings: Partial<Settings>,
  surroundings: readonly string[],
): Promise<string> {
  const hash = createHash('sha256')
  hash.update(`${builderVersion} ${surroundings.join(' ')} ${process.platform} ${process.arch}\n${canonical(settings)}\n`)
  const lines = await mapLimited([...tree.files], 32, async ([path, file]) => {
    if (file.link !== undefined) return `l ${path}\0${file.link}\n`
    return `${file.executable ? 'x' : 'f'} ${path}\0${await hashFile(join(directory, path), file.size)}\n`
  })
  for (const line of lines) hash.update(line)
  return hash.digest('hex')
}

async function hashFile(path: string, size: number): Promise<string> {
  const hash = createHash('sha256')
  if (size <= inMemoryBytes) hash.update(await readFile(path))
  else for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** JSON with sorted keys, so that the order in which settings were given does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
