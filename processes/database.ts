import pg from 'pg'
import { PlatformError } from '../lib/errors.ts'
import { migrate } from '../prisma/migrate.ts'

const oldestVersion = 14

/** Makes sure that the database can be used and has the tables of this version. Several processes may do so at once. */
export async function bringUpToDate(url: string, options: { create: boolean }): Promise<void> {
  await requireDatabase(url, options)
  await migrate(url)
}

/** Makes sure that the database answers, lets us in and is one that we can use. The embedded one is created when it is missing. */
export async function requireDatabase(url: string, options: { create: boolean }): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
  } catch (error) {
    await client.end().catch(() => undefined) // it never was connected
    if (!options.create || codeOf(error) !== '3D000') throw connectionError(url, error)
    await createDatabase(url)
    return
  }
  try {
    const { rows } = await client.query<{ version: number }>(`SELECT current_setting('server_version_num')::int / 10000 AS version`)
    const version = rows[0]?.version ?? 0
    if (version < oldestVersion) {
      throw databaseError(
        `The PostgreSQL of DATABASE_URL is version ${version}, and Micro needs ${oldestVersion} or later.`,
        'Upgrade it, or leave DATABASE_URL unset for the embedded one.',
      )
    }
  } finally {
    await client.end()
  }
}

async function createDatabase(url: string): Promise<void> {
  const { database } = new pg.Client({ connectionString: url })
  const administration = new URL(url)
  administration.pathname = '/postgres'
  const client = new pg.Client({ connectionString: administration.toString() })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(database ?? 'micro')}`)
  } finally {
    await client.end()
  }
}

/** One sentence for each way in which an address of a database is wrong; none of them shows the password. */
function connectionError(url: string, cause: unknown): PlatformError {
  const { hostname, port, username, pathname } = new URL(url)
  const where = `${hostname}:${port || 5432}`
  const code = codeOf(cause)
  if (code === '28P01' || code === '28000') {
    return databaseError(
      `The PostgreSQL at ${where} does not let the user ${decodeURIComponent(username) || '(none)'} in.`,
      'Check user name and password in DATABASE_URL.',
      cause,
    )
  }
  if (code === '3D000') {
    const name = decodeURIComponent(pathname.slice(1))
    return databaseError(
      `The PostgreSQL at ${where} has no database named ${name}.`,
      `Create it (createdb ${name}), or name another in DATABASE_URL.`,
      cause,
    )
  }
  if (code === '53300')
    return databaseError(`The PostgreSQL at ${where} has no connection left.`, 'Raise its max_connections, or end other clients.', cause)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return databaseError(`No machine is named ${hostname}.`, 'Check the host in DATABASE_URL.', cause)
  const why = code === 'ECONNREFUSED' ? 'nothing listens there' : cause instanceof Error ? cause.message : String(cause)
  return databaseError(
    `The PostgreSQL at ${where} cannot be reached: ${why}.`,
    'Check host and port in DATABASE_URL, and that it runs.',
    cause,
  )
}

function databaseError(message: string, hint: string, cause?: unknown): PlatformError {
  return new PlatformError('unavailable', message, { reason: 'DATABASE_UNUSABLE', hint, cause })
}

/** Of a PostgreSQL or system error; several addresses of one host fail as one AggregateError. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
