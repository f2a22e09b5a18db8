import { removeTree } from '../lib/remove-tree.ts'
import { ensurePrivateDirectory } from './directories.ts'

/**
 * Where sources lie until they are built: tenants' processes could read in it what other tenants deploy, so it is closed to them. What a worker
 * that was killed has left goes; whoever calls this is the only worker of the data directory.
 */
export async function freshWorkDirectory(path: string): Promise<string> {
  await removeTree(path)
  await ensurePrivateDirectory(path)
  return path
}
