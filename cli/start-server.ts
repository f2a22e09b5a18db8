import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PlatformError } from '../lib/errors.ts'

/** Runs the server of the checkout that this CLI is part of, and answers its exit code: beside the wire, all that the CLI knows of it. */
export async function startServer(argv: readonly string[]): Promise<number> {
  const entry = findAbove(dirname(fileURLToPath(import.meta.url)), join('processes', 'server.ts'))
  if (entry === undefined) {
    throw new PlatformError('failed_precondition', 'This is only the CLI; the server is not installed with it.', {
      hint: 'Start the server from a checkout of Micro with `npm start`.',
    })
  }
  const server: { main?: (argv: readonly string[]) => Promise<number> } = await import(pathToFileURL(entry).href)
  if (server.main === undefined) throw new PlatformError('internal', `${entry} has no main().`)
  return await server.main(argv)
}

/** The bundle lies in `dist/`, the sources in `cli/`. */
function findAbove(start: string, path: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, path))) return join(directory, path)
    if (directory === dirname(directory)) return undefined
  }
}
