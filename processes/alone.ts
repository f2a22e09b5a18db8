import { consoleSettings } from '../config/console.ts'
import { childEnvironment } from '../config/environment.ts'
import { routerKey } from '../config/keys.ts'
import { platformSettings } from '../config/platform.ts'
import { routerSettings } from '../config/router.ts'
import type { ServerSettings } from '../config/server.ts'
import type { Environment } from '../config/setting.ts'
import { PlatformError } from '../lib/errors.ts'
import type { ChosenSettings } from './choose-runtime.ts'
import { ensureDirectory, ensurePrivateDirectory } from './directories.ts'
import { isRunning } from './identity.ts'
import { consoleBuild, generation } from './prepare/steps.ts'
import { prepare } from './prepare.ts'
import { createProgress } from './progress.ts'
import type { Role } from './role.ts'
import { keptSecretKey } from './secret-key.ts'
import { lockFile } from './supervisor/installation.ts'
import { readIdentity } from './supervisor/lock.ts'

/** Readies this machine for one part of a server whose other parts run elsewhere, and resolves the part's settings. */
export async function environmentAlone(role: Role, settings: ChosenSettings): Promise<Environment> {
  await ensureDirectory(settings.paths.data, process.getuid?.() === 0 ? 0o711 : 0o700)
  await ensurePrivateDirectory(settings.paths.run)
  if (role === 'control' || role === 'console') await requireSocketsFree(role, settings)
  const progress = createProgress(process.stderr)
  await prepare(generation, progress)
  if (role === 'console') await prepare([consoleBuild], progress)
  progress.end()
  const common = { MICRO_DATA: settings.paths.data, MICRO_RUNTIME: settings.runtime, MICRO_DOCKER_SOCKET: settings.dockerSocket }
  if (role === 'router') {
    const key = settings.routerKey ?? routerKey(await requireKey(settings))
    return childEnvironment(routerSettings, { ...common, MICRO_ROUTER_KEY: key })
  }
  const resolved = { ...common, MICRO_SECRET_KEY: await requireKey(settings), DATABASE_URL: await databaseUrl(settings) }
  return childEnvironment(role === 'console' ? consoleSettings : platformSettings, resolved)
}

/** Control and console listen on sockets in the data directory, one of each. */
async function requireSocketsFree(role: Role, { paths }: ServerSettings): Promise<void> {
  const holder = await readIdentity(lockFile(paths))
  if (!holder || !(await isRunning(holder))) return
  throw new PlatformError('failed_precondition', `The server that runs on ${paths.data} (process ${holder.pid}) has a ${role} already.`, {
    hint: 'Set MICRO_DATA to another directory for this one.',
  })
}

async function requireKey({ paths, secretKey }: ServerSettings): Promise<string> {
  const key = await keptSecretKey(paths, secretKey)
  if (key !== undefined) return key
  throw new PlatformError('failed_precondition', 'A part that runs alone needs the secret key of the server that it belongs to.', {
    hint: `Set MICRO_SECRET_KEY, or start the whole server on ${paths.data} first.`,
  })
}

async function databaseUrl({ paths, databaseUrl: given }: ServerSettings): Promise<string> {
  const { runningPostgres } = await import('./postgres.ts')
  const url = given ?? (await runningPostgres(paths))
  if (url === undefined) {
    throw new PlatformError('failed_precondition', `A part that runs alone needs a database, and none runs in ${paths.data}.`, {
      hint: 'Set DATABASE_URL, or start the whole server first.',
    })
  }
  const { bringUpToDate } = await import('./database.ts')
  await bringUpToDate(url, { create: false })
  return url
}
