import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { inject } from 'vitest'
import type { ServerAnswer } from './database-server.ts'

export type TestDatabase = {
  url: string
  /** Removes the database, ending whatever is still connected to it. */
  drop(): Promise<void>
}

/** A database of the test file's own, migrated, on a real PostgreSQL that all files of the run share. The first to ask starts it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, template } = await askServer(inject('testDatabaseSocket'))
  const name = `test_${randomBytes(8).toString('hex')}`
  await execute(url, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.toString(), drop: () => execute(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

async function askServer(socket: string): Promise<{ url: string; template: string }> {
  const answer: ServerAnswer = JSON.parse(await text(connect(socket)))
  if ('error' in answer) throw new Error(`The PostgreSQL for tests did not start: ${answer.error}`)
  return answer
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
