import { chmod, chown, mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../../lib/remove-tree.ts'
import type { User } from './user.ts'

/** The files of one instance. */
export type Folder = { path: string; record: string; output: string; status: string; home: string; temporary: string; secrets: string }

export function folderOf(directory: string, id: string): Folder {
  const path = join(directory, id)
  return {
    path,
    record: join(path, 'instance.json'),
    output: join(path, 'output'),
    status: join(path, 'status'),
    home: join(path, 'home'),
    temporary: join(path, 'tmp'),
    secrets: join(path, 'secrets'),
  }
}

/** The instance's user may pass through the folder, owns its home, and can open its own output (`> /dev/stderr`), nothing else. */
export async function createFolder(folder: Folder, user: User | undefined): Promise<void> {
  await mkdir(folder.path, { recursive: true })
  await chmod(folder.path, 0o711)
  for (const path of [folder.home, folder.temporary]) {
    await mkdir(path, { recursive: true, mode: 0o700 })
    if (user) await chown(path, user.uid, user.gid)
  }
  const output = await open(folder.output, 'a', 0o600)
  try {
    if (user) await output.chown(user.uid, user.gid)
  } finally {
    await output.close()
  }
}

/** The instance's user may read them, not change them; without a user of its own it is the platform's user, who may do both. */
export async function writeSecrets(
  { secrets: path }: Folder,
  secrets: Readonly<Record<string, string>>,
  user: User | undefined,
): Promise<void> {
  await removeTree(path)
  await mkdir(path, { mode: 0o700 })
  for (const [name, content] of Object.entries(secrets)) {
    const file = join(path, name)
    await writeFile(file, content, { mode: 0o600 })
    if (user) await readableBy(user, file, 0o440)
  }
  if (user) await readableBy(user, path, 0o750)
}

async function readableBy({ gid }: User, path: string, mode: number): Promise<void> {
  await chown(path, -1, gid)
  await chmod(path, mode)
}
