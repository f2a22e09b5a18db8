import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlatformSettings } from '../config/platform.ts'
import type { Log } from '../lib/log.ts'
import { createProcessRuntime } from '../runtime/process/driver.ts'
import type { User } from '../runtime/process/user.ts'
import type { Runtime } from '../runtime/runtime.ts'

/** @param path PATH of instances that are processes */
export async function openRuntime(
  settings: PlatformSettings,
  { path, user, log }: { path: string; user: User | undefined; log: Log },
): Promise<Runtime> {
  const { dataDirectory, dockerSocket, sandbox } = settings
  if (settings.runtime === 'process') {
    return createProcessRuntime({ directory: join(dataDirectory, 'instances'), path, log, ...(user ? { user } : {}) })
  }
  // The engine's client is large: whoever needs none does not wait for it.
  const { createDockerRuntime } = await import('../runtime/docker/driver.ts')
  const directory = join(dataDirectory, 'containers')
  return createDockerRuntime({
    socket: dockerSocket,
    installation: await installationId(directory),
    directory,
    log,
    isolation: process.getuid?.() === 0,
    ...(sandbox === 'gvisor' ? { sandbox } : {}),
  })
}

/** Kept beside the containers' records: it names what of the engine's is ours, as long as we know what that is. */
async function installationId(directory: string): Promise<string> {
  const file = join(directory, 'installation')
  const known = await readFile(file, 'utf8').catch(() => '') // the first start
  if (/^[a-z0-9]{8}$/.test(known)) return known
  const id = randomBytes(4).toString('hex')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(`${file}.tmp`, id)
  await rename(`${file}.tmp`, file)
  return id
}
