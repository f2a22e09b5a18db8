import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { PlatformError } from '../lib/errors.ts'

/** The lock that Prisma's own schema engine takes, so that it and we wait for each other. */
const advisoryLock = 72_707_369

/** Prisma's table, as its schema engine makes it. */
const bookkeeping = `
  CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT,
    "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
  )`

type Migration = { name: string; sql: string; checksum: string }
type Row = { migration_name: string; checksum: string; finished: boolean }

/**
 * Brings the database to the state of `prisma/migrations`, as `prisma migrate deploy` does and with its bookkeeping, but each migration
 * in one transaction: one that fails leaves nothing behind.
 *
 * @returns names of the migrations applied now
 * @throws PlatformError `failed_precondition` when the database and the migrations do not belong together
 */
export async function migrate(url: string, directory: string = migrationsDirectory): Promise<string[]> {
  const migrations = await readMigrations(directory)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock])
    await client.query(bookkeeping)
    const pending = pendingOf(migrations, await readRows(client))
    for (const migration of pending) await apply(client, migration)
    return pending.map(({ name }) => name)
  } finally {
    // Ending the session frees the lock.
    await client.end()
  }
}

const migrationsDirectory = fileURLToPath(new URL('migrations', import.meta.url))

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(names.sort().map((name) => readMigration(directory, name)))
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  const sql = await readFile(join(directory, name, 'migration.sql'))
  return { name, sql: sql.toString(), checksum: createHash('sha256').update(sql).digest('hex') }
}

async function readRows(client: pg.Client): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `SELECT migration_name, checksum, finished_at IS NOT NULL AS finished FROM "_prisma_migrations"
     WHERE rolled_back_at IS NULL ORDER BY started_at`,
  )
  return rows
}

/** What is still to do, if what was done is what the files say. */
function pendingOf(migrations: readonly Migration[], rows: readonly Row[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const { migration_name: name, checksum, finished } of rows) {
    const migration = known.get(name)
    if (!migration) {
      throw refusal(
        `The database holds the migration ${name}, which this version of Micro does not know: a later version used it.`,
        'Start that later version.',
      )
    }
    if (!finished) {
      throw refusal(
        `The migration ${name} failed earlier and was left half-way.`,
        'Repair the database, then tell Prisma so: npx prisma migrate resolve.',
      )
    }
    if (migration.checksum !== checksum) {
      throw refusal(
        `The migration ${name} was changed after it had been applied to this database.`,
        'Restore the file and write a new migration instead.',
      )
    }
  }
  const done = new Set(rows.map((row) => row.migration_name))
  return migrations.filter(({ name }) => !done.has(name))
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    )
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK')
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new PlatformError(
      'failed_precondition',
      `The migration ${name} could not be applied: ${why}. The database is as it was before.`,
      { cause },
    )
  }
}

function refusal(message: string, hint: string): PlatformError {
  return new PlatformError('failed_precondition', message, { reason: 'MIGRATIONS_DIFFER', hint })
}
