import { access, chmod, constants, copyFile, link, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The directory of a `node` that tenants' processes can execute. The platform's own may lie where another user cannot go (a checkout below
 * root's home): then it is given a second name in the data directory, which costs nothing on the same file system.
 */
export async function tenantNodeDirectory(dataDirectory: string, tenant: { uid: number } | undefined): Promise<string> {
  if (!tenant) return join(process.execPath, '..')
  const directory = join(dataDirectory, 'tools', process.version)
  const path = join(directory, 'node')
  if (await exists(path)) return directory
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const temporary = `${path}.${process.pid}`
  await rm(temporary, { force: true })
  await link(process.execPath, temporary).catch(() => copyFile(process.execPath, temporary)) // another file system
  await chmod(temporary, 0o755)
  await rename(temporary, path)
  return directory
}

const exists = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false, // not made yet
  )
