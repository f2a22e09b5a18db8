import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from './database.ts'

let first: TestDatabase
let second: TestDatabase

beforeAll(async () => {
  first = await createTestDatabase()
  second = await createTestDatabase()
})

afterAll(async () => {
  await first.drop()
  await second.drop()
})

test('each database has the tables of the migrations', async () => {
  const tables = await query(first.url, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`)
  expect(tables).toContainEqual({ table_name: 'User' })
})

test('what one file writes, no other sees', async () => {
  await query(first.url, 'CREATE TABLE only_here (id int)')
  expect(await query(second.url, `SELECT to_regclass('only_here') AS found`)).toEqual([{ found: null }])
})

test('a database can be dropped while somebody is connected to it', async () => {
  const third = await createTestDatabase()
  const client = new pg.Client({ connectionString: third.url })
  const ended = new Promise((resolve) => client.on('error', resolve))
  await client.connect()
  await third.drop()
  expect(String(await ended)).toMatch(/terminat/i)
  await expect(query(third.url, 'SELECT 1')).rejects.toThrow(/does not exist/)
})

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
