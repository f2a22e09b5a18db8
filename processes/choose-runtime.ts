import { exposure, notIsolatedByProcesses, type ServerSettings } from '../config/server.ts'
import { PlatformError } from '../lib/errors.ts'
import { requireIsolation } from './isolation.ts'

/** Settings with what `auto` came to. */
export type ChosenSettings = ServerSettings & {
  runtime: 'process' | 'docker'
  /** For the ready screen: why `auto` did not take containers; absent when it was not asked, or did. */
  whyProcess?: string
}

/**
 * Images are built on base images, which a machine without a registry has only once `micro base-images` was typed there. Until that is found out here,
 * `auto` leaves containers alone.
 */
const containersByThemselves: boolean = false

/**
 * What services will run in. `auto` takes containers where they isolate: on a Docker engine of this machine, as root.
 * @throws PlatformError saying what is in the way of what was asked for
 */
export async function chooseRuntime(settings: ServerSettings): Promise<ChosenSettings> {
  const { runtime } = settings
  if (runtime === 'process') return { ...settings, runtime }
  const problem = await problemOf(settings)
  if (problem === undefined) return { ...settings, runtime: 'docker' }
  if (runtime === 'docker') throw problem
  const why = exposure(settings)
  if (why !== undefined) {
    throw new PlatformError('invalid_argument', `MICRO_RUNTIME: ${notIsolatedByProcesses(why)}`, {
      hint: `No containers: ${problem.message}`,
    })
  }
  return { ...settings, runtime: 'process', whyProcess: problem.message }
}

async function problemOf({ runtime, isRoot, dockerSocket, sandbox, networkPool }: ServerSettings): Promise<PlatformError | undefined> {
  if (runtime === 'auto' && !containersByThemselves)
    return new PlatformError('failed_precondition', 'they have to be asked for, by MICRO_RUNTIME=docker.')
  if (runtime === 'auto' && !isRoot) return new PlatformError('failed_precondition', 'only root can isolate them.')
  // The engine's client is large: whoever needs none does not wait for it.
  const [{ Engine }, { requireEngine }] = await Promise.all([
    import('../runtime/docker/engine.ts'),
    import('../runtime/docker/requirements.ts'),
  ])
  try {
    await requireEngine(new Engine(dockerSocket), sandbox === 'gvisor' ? sandbox : undefined)
    if (isRoot) await requireIsolation(networkPool)
    return undefined
  } catch (error) {
    if (error instanceof PlatformError) return error
    throw error
  }
}
