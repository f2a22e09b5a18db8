import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlatformSettings } from '../config/platform.ts'
import type { ControlContext } from '../control/context.ts'
import { closedSubnets } from '../control/namespaces/firewall.ts'
import type { DockerFirewall } from '../runtime/docker/firewall/firewall.ts'
import { createProcessRuntime } from '../runtime/process/driver.ts'
import type { User } from '../runtime/process/user.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { openFirewall, removeOutsiders } from './isolation.ts'

/**
 * What services run in and, where that isolates namespaces, what it does so by.
 * @param path PATH of instances that are processes
 */
export async function openRuntime(
  ctx: ControlContext,
  settings: PlatformSettings,
  { path, user }: { path: string; user: User | undefined },
): Promise<{ runtime: Runtime; firewall?: DockerFirewall }> {
  const { dataDirectory, dockerSocket, sandbox } = settings
  const { log } = ctx.platform
  if (settings.runtime === 'process') {
    return { runtime: await createProcessRuntime({ directory: join(dataDirectory, 'instances'), path, log, ...(user ? { user } : {}) }) }
  }
  // The engine's client is large: whoever needs none does not wait for it.
  const { createDockerRuntime } = await import('../runtime/docker/driver.ts')
  const directory = join(dataDirectory, 'containers')
  const installation = await installationId(directory)
  const firewall = process.getuid?.() === 0 ? await openFirewall(settings, installation) : undefined
  // It stands before instances of before are found, which may be started again.
  await firewall?.apply({ closed: await closedSubnets(ctx) })
  const runtime = await createDockerRuntime({
    socket: dockerSocket,
    installation,
    directory,
    log,
    isolation: firewall !== undefined,
    ...(sandbox === 'gvisor' ? { sandbox } : {}),
  })
  if (!firewall) return { runtime }
  await removeOutsiders(runtime, settings.networkPool)
  return { runtime, firewall }
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
