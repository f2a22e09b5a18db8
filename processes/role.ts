import type { Environment } from '../config/setting.ts'
import { PlatformError } from '../lib/errors.ts'
import { createLog } from '../lib/log.ts'
import { diskFull, isDiskFull } from './directories.ts'

/** What can run as an OS process of its own. */
export const roles = ['router', 'platform', 'control', 'worker', 'console'] as const
export type Role = (typeof roles)[number]

/** What a child tells its supervisor. */
export type ChildMessage = { type: 'ready' } | { type: 'failed'; message: string; hint?: string }

const longestStopMs = 10_000

type Part = { stop(): Promise<void> }

/**
 * Starts one part of the server in this process and stays until it is told to stop, or its supervisor is gone.
 * @param environment its settings; absent: this process's own
 */
export async function runRole(role: Role, environment?: Environment): Promise<void> {
  const stopped = stopRequest()
  let part: Part
  try {
    part = await start(role, environment)
  } catch (error) {
    return fail(error)
  }
  tell({ type: 'ready' })
  await stopped
  // Without a supervisor nobody else would end a process that does not manage to stop.
  setTimeout(() => process.exit(1), longestStopMs).unref()
  await part.stop()
  process.exit(0)
}

/** Modules are loaded only where they are needed: each is memory in every process that has it. */
async function start(role: Role, environment: Environment | undefined): Promise<Part> {
  if (role === 'router') {
    const { readRouterSettings } = await import('../config/router.ts')
    const settings = readRouterSettings(environment)
    const { startRouter } = await import('./router.ts')
    return startRouter(settings, createLog(role, settings.logLevel))
  }
  if (role === 'console') {
    const { readConsoleSettings } = await import('../config/console.ts')
    const settings = readConsoleSettings(environment)
    const { startConsole } = await import('./console.ts')
    return startConsole(settings, createLog(role, settings.logLevel))
  }
  const { readPlatformSettings } = await import('../config/platform.ts')
  const settings = readPlatformSettings(role === 'platform' ? ['control', 'worker'] : [role], environment)
  const { startPlatform } = await import('./platform.ts')
  return startPlatform(settings, createLog(role, settings.logLevel))
}

/** A supervisor that is gone closes the channel: nobody would restart or stop this process any more. */
function stopRequest(): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(event, () => resolve())
  })
}

function fail(error: unknown): void {
  const known = isDiskFull(error) ? diskFull(pathOf(error), error) : error
  if (!(known instanceof PlatformError) || !process.send) throw known
  const { hint } = known.details
  process.send({ type: 'failed', message: known.message, ...(hint === undefined ? {} : { hint }) } satisfies ChildMessage, () =>
    process.exit(2),
  )
}

/** Where there was no room: what a copy was to become, else the file that was being written. */
function pathOf(error: unknown): string {
  const { dest, path } = error as { dest?: unknown; path?: unknown }
  return String(dest ?? path ?? 'MICRO_DATA')
}

function tell(message: ChildMessage): void {
  process.send?.(message)
}
