import { PlatformError } from '../lib/errors.ts'
import type { Settings } from './config.ts'
import { type Context, createContext } from './context.ts'
import { readCommandLine } from './dispatch.ts'
import { originOf } from './environments.ts'
import { Exit, exitCodeOf } from './failure.ts'
import { createOutput, type Output } from './output.ts'
import { safeText } from './text.ts'

/** Runs one command line and answers its exit code. Nothing that goes wrong ends in a stack trace unless MICRO_DEBUG asks for it. */
export async function runCommandLine(argv: readonly string[], settings: Settings): Promise<number> {
  const streams = { stdout: process.stdout, stderr: process.stderr, colour: settings.colour }
  let out = createOutput({ ...streams, json: argv.includes('--json') })
  let ctx: Context | undefined
  try {
    const { globals, execute } = readCommandLine(argv)
    out = createOutput({ ...streams, json: globals.json === true })
    ctx = createContext({ out, settings, environment: globals.environment, namespace: globals.namespace })
    await execute(ctx)
    return 0
  } catch (error) {
    if (error instanceof Exit) return error.exitCode
    return await report(error, { out, settings, ctx })
  } finally {
    await ctx?.close()
  }
}

async function report(
  thrown: unknown,
  { out, settings, ctx }: { out: Output; settings: Settings; ctx: Context | undefined },
): Promise<number> {
  const error = await understand(thrown, ctx)
  if (settings.debug && thrown instanceof Error) out.note(thrown.stack ?? '')
  if (error.code === 'canceled') return exitCodeOf(error)
  const { hint, field, reason } = error.details
  if (out.json) out.note(JSON.stringify({ error: { code: error.code, message: error.message, reason, field, hint } }))
  else {
    out.note(`Error: ${safeText(error.message)}`)
    if (hint) out.note(`  ${safeText(hint).replaceAll('\n', '\n  ')}`)
  }
  return exitCodeOf(error)
}

async function understand(thrown: unknown, ctx: Context | undefined): Promise<PlatformError> {
  let error = thrown
  if (ctx !== undefined && thrown instanceof Error && thrown.name === 'ConnectError') {
    const { fromConnectError } = await import('./wire-error.ts')
    error = fromConnectError(thrown, originOf(await ctx.environment()))
  }
  if (error instanceof PlatformError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new PlatformError('internal', `Something went wrong in the CLI: ${message}`, {
    hint: 'Set MICRO_DEBUG=1 to see where.',
    cause: error,
  })
}
