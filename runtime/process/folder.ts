import { chmod, chown, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
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
