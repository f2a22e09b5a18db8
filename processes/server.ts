import { parseArgs } from 'node:util'
import { readServerSettings, setFromFlags } from '../config/server.ts'
import { PlatformError } from '../lib/errors.ts'
import type { ChosenSettings } from './choose-runtime.ts'
import { explain } from './explain.ts'
import { createProgress } from './progress.ts'
import type { Role } from './role.ts'

const usage = `Usage: micro server [--host HOST] [--port PORT] [--data DIRECTORY] [--only router|control|worker|console]

Runs the platform on this machine, or one part of it. The other settings are environment variables: see docs/configuration.md.
`

const options = {
  host: { type: 'string' },
  port: { type: 'string' },
  data: { type: 'string' },
  only: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** @returns the exit code: 0 stopped as asked, 1 something failed, 2 it could not be started like this */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args: [...argv], options })
    if (values.help) {
      process.stdout.write(usage)
      return 0
    }
    setFromFlags(values)
    const { chooseRuntime } = await import('./choose-runtime.ts')
    const settings = await chooseRuntime(readServerSettings())
    if (values.only === undefined) return await serve(settings)
    return await serveAlone(partNamed(values.only), settings)
  } catch (error) {
    return explain('server', error)
  }
}

async function serve(settings: ChosenSettings): Promise<number> {
  const since = performance.now() - process.uptime() * 1000
  const progress = createProgress(process.stdout)
  const { startServer } = await import('./supervisor/start.ts')
  const { stopSignals } = await import('./supervisor/signals.ts')
  const signals = stopSignals(() => progress.line('  Stopping …'))
  try {
    const { readyScreen } = await import('./ready-screen.ts')
    const server = await startServer(settings, progress, signals.aborted)
    progress.line(readyScreen(server.settings, performance.now() - since))
    await signals.first
    await server.stop(signals.second)
    return 0
  } catch (error) {
    if (signals.aborted.aborted) return 0
    throw error
  } finally {
    progress.end()
  }
}

/** One part in this very process; it never returns but ends the process itself. */
async function serveAlone(role: Role, settings: ChosenSettings): Promise<number> {
  const { environmentAlone } = await import('./alone.ts')
  const { runRole } = await import('./role.ts')
  await runRole(role, await environmentAlone(role, settings))
  return 0
}

function partNamed(name: string): Role {
  const parts = ['router', 'control', 'worker', 'console'] as const
  const part = parts.find((candidate) => candidate === name)
  if (part) return part
  throw new PlatformError('invalid_argument', `The server has no part named ${name}.`, { hint: `Its parts are ${parts.join(', ')}.` })
}
