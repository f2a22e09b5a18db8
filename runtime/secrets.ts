import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../lib/remove-tree.ts'

/**
 * Puts the secrets of an instance into a directory of their own. The instance's group may read them, not change them; without a group of its own
 * the instance is the platform's user, who may do both.
 */
export async function writeSecrets(path: string, secrets: Readonly<Record<string, string>>, gid: number | undefined): Promise<void> {
  await removeTree(path)
  await mkdir(path, { mode: 0o700 })
  for (const [name, content] of Object.entries(secrets)) {
    const file = join(path, name)
    await writeFile(file, content, { mode: 0o600 })
    if (gid !== undefined) await readableBy(gid, file, 0o440)
  }
  if (gid !== undefined) await readableBy(gid, path, 0o750)
}

async function readableBy(gid: number, path: string, mode: number): Promise<void> {
  await chown(path, -1, gid)
  await chmod(path, mode)
}
