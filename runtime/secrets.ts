import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../lib/remove-tree.ts'

/** Who may read the secrets beside the platform: the instance's group; anyone who can enter the directory above; nobody. */
export type SecretReaders = { gid: number } | 'anyone' | undefined

/** Puts the secrets of an instance into a directory of their own. Readers cannot change them, unless they are the platform's own user. */
export async function writeSecrets(path: string, secrets: Readonly<Record<string, string>>, readers: SecretReaders): Promise<void> {
  await removeTree(path)
  await mkdir(path, { mode: 0o700 })
  for (const [name, content] of Object.entries(secrets)) {
    const file = join(path, name)
    await writeFile(file, content, { mode: 0o600 })
    await admit(readers, file, 0o444)
  }
  await admit(readers, path, 0o755)
}

async function admit(readers: SecretReaders, path: string, mode: number): Promise<void> {
  if (readers === undefined) return
  if (readers !== 'anyone') await chown(path, -1, readers.gid)
  await chmod(path, readers === 'anyone' ? mode : mode & 0o770)
}
