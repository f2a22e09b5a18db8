import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSecrets } from '../secrets.ts'
import { hasSecrets, instanceUser } from './container.ts'
import type { Spec } from './spec.ts'

/** The files of one instance. */
export type Folder = { path: string; record: string /** Seen by the instance as /run/micro. */; platform: string; secrets: string }

export function folderOf(directory: string, id: string): Folder {
  const path = join(directory, id)
  const platform = join(path, 'run')
  return { path, record: join(path, 'instance.json'), platform, secrets: join(platform, 'secrets') }
}

/** Nobody but the platform enters the folder on the machine; the instance sees one directory of it, and cannot change that. */
export async function createFolder({ path, platform, secrets }: Folder, spec: Spec): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await mkdir(platform, { recursive: true })
  await chmod(platform, 0o755)
  if (hasSecrets(spec)) await writeSecrets(secrets, spec.secrets ?? {}, isRoot() ? instanceUser : 'anyone')
}

/** Nobody else can give a file to another group. */
const isRoot = (): boolean => process.getuid?.() === 0
