import { randomBytes } from 'node:crypto'
import { access, link, readFile, rm, writeFile } from 'node:fs/promises'
import type { Paths } from '../config/paths.ts'
import { PlatformError } from '../lib/errors.ts'
import { diskFull, isDiskFull } from './directories.ts'

/**
 * The installation's master secret: the one given, else the one kept in the data directory, else a new one, kept from now on.
 * @throws PlatformError when what is stored could not be read by it
 */
export async function secretKey(paths: Paths, given: string | undefined): Promise<string> {
  const key = await keptSecretKey(paths, given)
  if (key !== undefined) return key
  if (await exists(`${paths.postgres}/data`)) {
    throw keyError(
      `${paths.secretKey} is missing, and the data beside it is encrypted with that key.`,
      'Restore the file from a backup, or set MICRO_SECRET_KEY to what it held.',
    )
  }
  return generate(paths.secretKey)
}

/** The key given or kept; undefined when there is none yet. */
export async function keptSecretKey(paths: Paths, given: string | undefined): Promise<string | undefined> {
  const kept = await readKept(paths.secretKey)
  if (given !== undefined && kept !== undefined && given !== kept) {
    throw keyError(
      `MICRO_SECRET_KEY differs from ${paths.secretKey}, which this server's data is encrypted with.`,
      'Leave MICRO_SECRET_KEY unset, or remove the file if the given key is the right one.',
    )
  }
  return given ?? kept
}

async function readKept(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Written whole and then named, so that no start ever reads half a key. */
async function generate(path: string): Promise<string> {
  const key = randomBytes(32).toString('base64url')
  const half = `${path}.${process.pid}`
  try {
    await writeFile(half, `${key}\n`, { mode: 0o600, flush: true })
    await link(half, path)
    return key
  } catch (error) {
    throw isDiskFull(error) ? diskFull(path, error) : error
  } finally {
    await rm(half, { force: true })
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

function keyError(message: string, hint: string): PlatformError {
  return new PlatformError('failed_precondition', message, { reason: 'SECRET_KEY_MISMATCH', hint })
}
