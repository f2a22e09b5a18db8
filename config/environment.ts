import { delimiter, dirname } from 'node:path'
import type { Environment, Settings } from './setting.ts'

/** For tools that we run: nothing of the server's settings, and our own Node first for scripts that look for one. */
export function toolEnvironment(environment: Environment = process.env): Record<string, string> {
  const path = [dirname(process.execPath), environment.PATH].filter(Boolean).join(delimiter)
  const quiet = { NEXT_TELEMETRY_DISABLED: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }
  return { ...withoutSettings(environment), NODE_ENV: 'production', PATH: path, ...quiet }
}

/**
 * For a process of ours: only those settings that it reads, so that no process holds a secret it has no use for.
 * @param resolved values that differ from what was given: generated, derived, or made absolute
 */
export function childEnvironment(settings: Settings, resolved: Environment, environment: Environment = process.env): NodeJS.ProcessEnv {
  const own = Object.values(settings).map(({ name }) => [name, resolved[name] ?? environment[name]])
  return { ...withoutSettings(environment), ...Object.fromEntries(own), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
}

function withoutSettings(environment: Environment): Record<string, string> {
  const rest: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !name.startsWith('MICRO_') && name !== 'DATABASE_URL') rest[name] = value
  }
  return rest
}
