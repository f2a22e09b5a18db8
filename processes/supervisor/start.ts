import { routerKey } from '../../config/keys.ts'
import type { Environment } from '../../config/setting.ts'
import { PlatformError } from '../../lib/errors.ts'
import type { ChosenSettings } from '../choose-runtime.ts'
import { requirePort } from '../ports.ts'
import { compilation } from '../prepare/compilation.ts'
import { cliBundle, consoleBuild, generation } from '../prepare/steps.ts'
import { prepare } from '../prepare.ts'
import type { Progress } from '../progress.ts'
import { secretKey } from '../secret-key.ts'
import { childUnit } from './child.ts'
import { type ChildName, childOptions, stopMs } from './children.ts'
import { databaseStopMs, openDatabase } from './database.ts'
import { holdInstallation } from './installation.ts'
import type { Lock } from './lock.ts'
import { type ChildOutput, childOutput } from './output.ts'
import { untilReady } from './ready.ts'
import { together } from './together.ts'
import { type KeptRunning, keepRunning } from './unit.ts'

export type Server = {
  /** With the port that was found where any free one was asked for. */
  settings: ChosenSettings
  /** Stops everything within ten seconds; at once when `hurry` aborts. */
  stop(hurry: AbortSignal): Promise<void>
}

/**
 * Starts everything on one machine. What cannot be used is found out before anything is done; a start that fails, or is given up by
 * `signal`, leaves nothing running.
 */
export async function startServer(given: ChosenSettings, progress: Progress, signal: AbortSignal): Promise<Server> {
  const lock = await holdInstallation(given.paths)
  const output = childOutput(given.paths, progress.line)
  const running: Started = new Map()
  const failure = new AbortController()
  const stop = (hurry: AbortSignal) => stopAll(running, output, lock, hurry)
  try {
    const settings = withPort(given, await requirePort(given.host, given.port))
    const key = await secretKey(settings.paths, settings.secretKey)
    const context = { settings, key, progress, output, running, signal: AbortSignal.any([signal, failure.signal]) }
    await startParts(context, failure)
    return { settings, stop }
  } catch (error) {
    await stop(failure.signal)
    throw error
  }
}

type Started = Map<ChildName | 'database', KeptRunning>
type Context = { settings: ChosenSettings; key: string; progress: Progress; output: ChildOutput; running: Started; signal: AbortSignal }

/** Each part begins as soon as what it stands on is there. */
async function startParts(context: Context, failure: AbortController): Promise<void> {
  const { progress, signal } = context
  const code = prepare(generation, progress, signal)
  const pages = prepare([consoleBuild], progress, signal)
  const compiled = code.then(() => prepare([compilation], progress, signal))
  const cli = code.then(() => bundleCommand(context))
  const databaseUrl = startDatabase(context)
  const router = compiled.then(() => startChild(context, 'router', ''))
  const platform = Promise.all([databaseUrl, compiled]).then(([url]) => startChild(context, 'platform', url))
  const console = Promise.all([databaseUrl, pages, compiled]).then(([url]) => startChild(context, 'console', url))
  await together([code, compiled, pages, cli, databaseUrl, router, platform, console], failure)
  await progress.stage('Loading routes', () => untilReady(context.settings, signal))
}

/** The command also runs from its sources, so a server need not be without because of it. */
async function bundleCommand({ progress, signal }: Context): Promise<void> {
  try {
    await prepare([cliBundle], progress, signal)
  } catch (error) {
    if (!(error instanceof PlatformError) || signal.aborted) throw error
    progress.line(`The micro command runs from its sources, since it could not be bundled: ${error.message}`)
  }
}

async function startDatabase({ settings, output, progress, running, signal }: Context): Promise<string> {
  const database = await openDatabase(settings, output.onLine('postgres'), progress, signal)
  if (database.postgres) running.set('database', database.postgres)
  await database.migrate()
  return database.url
}

async function startChild(
  { settings, key, progress, output, running, signal }: Context,
  name: ChildName,
  databaseUrl: string,
): Promise<void> {
  const unit = childUnit(childOptions(name, settings.paths, environmentOf(settings, key, databaseUrl), output.onLine(name)))
  const kept = await progress.stage(`Starting the ${name}`, () => keepRunning(unit, progress.line, signal))
  running.set(name, kept)
}

/** Settings as children get them: nothing left to be looked up, generated or derived. */
function environmentOf(settings: ChosenSettings, key: string, databaseUrl: string): Environment {
  return {
    MICRO_DATA: settings.paths.data,
    MICRO_PORT: String(settings.port),
    MICRO_RUNTIME: settings.runtime,
    MICRO_DOCKER_SOCKET: settings.dockerSocket,
    DATABASE_URL: databaseUrl,
    MICRO_SECRET_KEY: key,
    MICRO_ROUTER_KEY: routerKey(key),
  }
}

/** Requests first, then what serves them, then what that stands on. */
async function stopAll(running: Started, output: ChildOutput, lock: Lock, hurry: AbortSignal): Promise<void> {
  const stop = (name: ChildName) => running.get(name)?.stop(patience(stopMs(name), hurry))
  await stop('router')
  await Promise.all([stop('platform'), stop('console')])
  await running.get('database')?.stop(patience(databaseStopMs, hurry))
  output.close()
  await lock.release()
}

const patience = (ms: number, hurry: AbortSignal): AbortSignal => AbortSignal.any([AbortSignal.timeout(ms), hurry])

function withPort(settings: ChosenSettings, port: number): ChosenSettings {
  if (settings.port === port) return settings
  const publicUrl = settings.publicUrlGiven ? settings.publicUrl : `http://${settings.domain}:${port}`
  return { ...settings, port, publicUrl }
}
