import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PlatformError } from '../../lib/errors.ts'
import { diskFull, ensurePrivateDirectory } from '../directories.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'

const run = promisify(execFile)

/** Name of the only role, and of the platform's database. */
export const role = 'micro'

/** A PostgreSQL data directory and the password that opens it. */
export type Cluster = { directory: string; password: string }

/** Finds the cluster, or makes it beside its final place and moves it there whole. */
export async function ensureCluster(parent: string, binaries: Binaries, account: Account): Promise<Cluster> {
  const directory = join(parent, 'data')
  const passwordFile = join(parent, 'password')
  const version = await readFile(join(directory, 'PG_VERSION'), 'utf8').catch(() => undefined) // no cluster yet
  if (version === undefined) await create(directory, passwordFile, binaries, account)
  else await requireVersion(version.trim(), binaries, directory)
  return { directory, password: (await readFile(passwordFile, 'utf8')).trim() }
}

async function create(directory: string, passwordFile: string, binaries: Binaries, account: Account): Promise<void> {
  const half = `${directory}.new`
  await rm(half, { recursive: true, force: true })
  await ensurePrivateDirectory(half, account)
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
  await chmod(passwordFile, 0o600)
  if (account.uid !== undefined && account.gid !== undefined) await chown(passwordFile, account.uid, account.gid)
  try {
    await run(binaries.initdb, initdbArguments(half, passwordFile), { ...account, cwd: '/', env: environment })
  } catch (cause) {
    await rm(half, { recursive: true, force: true })
    throw initdbError(cause, directory)
  }
  await rename(half, directory)
}

/** Nothing of ours: its messages must be English for us to read, and it needs no setting of the platform. */
export const environment: NodeJS.ProcessEnv = {
  NODE_ENV: 'production',
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
}

function initdbArguments(directory: string, passwordFile: string): string[] {
  // The built-in locale sorts alike on every machine, whatever libc is installed later.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  return [`--pgdata=${directory}`, `--username=${role}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-instructions', ...locale]
}

function initdbError(cause: unknown, directory: string): PlatformError {
  const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause)
  if (saysDiskFull(output)) return diskFull(directory, cause)
  return new PlatformError('failed_precondition', `The database could not be created: ${lastLine(output)}`, { cause })
}

/** What PostgreSQL writes for ENOSPC and EDQUOT. */
export const saysDiskFull = (output: string): boolean => /No space left on device|Disk quota exceeded/.test(output)

const lastLine = (output: string): string =>
  output
    .trim()
    .split('\n')
    .findLast((line) => /error|fatal/i.test(line)) ?? output.trim().slice(-300)

async function requireVersion(version: string, binaries: Binaries, directory: string): Promise<void> {
  const { stdout } = await run(binaries.postgres, ['--version'])
  const ours = /(\d+)/.exec(stdout)?.[1]
  if (ours === version) return
  throw new PlatformError(
    'failed_precondition',
    `The database in ${directory} was made by PostgreSQL ${version}, and this Micro brings PostgreSQL ${ours}.`,
    {
      hint: 'Start the Micro that made it, save the database with pg_dump, and load it into the new one.',
    },
  )
}
