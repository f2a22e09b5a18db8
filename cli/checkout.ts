import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { PlatformError } from '../lib/errors.ts'

type Program = 'server' | 'base-images' | 'build'

/**
 * Runs a program of the checkout that this CLI is part of, in `processes/`, and answers its exit code: beside the wire, all that the CLI
 * knows of the server.
 */
export async function runInCheckout(program: Program, argv: readonly string[]): Promise<number> {
  const entry = findAbove(dirname(fileURLToPath(import.meta.url)), join('processes', `${program}.ts`))
  if (entry === undefined) {
    throw new PlatformError('failed_precondition', 'This is only the CLI; the server is not installed with it.', {
      hint: 'Do this in a checkout of Micro; `npm start` starts the server there.',
    })
  }
  const loaded: { main?: (argv: readonly string[]) => Promise<number> } = await import(pathToFileURL(entry).href)
  if (loaded.main === undefined) throw new PlatformError('internal', `${entry} has no main().`)
  return await loaded.main(argv)
}

/** The bundle lies in `dist/`, the sources in `cli/`. */
function findAbove(start: string, path: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (existsSync(join(directory, path))) return join(directory, path)
    if (directory === dirname(directory)) return undefined
  }
}
