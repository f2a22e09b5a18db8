import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { mapLimited } from '../lib/concurrency.ts'
import type { TreeFile } from './tree.ts'

/** Makes the files of a source readable for everyone, as a strict umask may not have left them. Nothing of the source may run meanwhile. */
export async function mendModes(directory: string, files: readonly (readonly [string, TreeFile])[]): Promise<void> {
  const folders = new Set<string>([''])
  for (const [path] of files) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) folders.add(path.slice(0, end))
  }
  await mapLimited([...folders], 32, (folder) => chmod(join(directory, folder), 0o755))
  await mapLimited(files, 32, async ([path, file]) => {
    if (file.link === undefined) await chmod(join(directory, path), file.executable ? 0o755 : 0o644)
  })
}
