import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { exec } from '../lib/exec.ts'
import { temporaryDirectory } from '../testing/data-directory.ts'
import { createTestDatabase } from '../testing/database.ts'
import { migrate } from './migrate.ts'

test('migrations are applied in order, once', async () => {
  const { url, directory, add, query } = await emptyDatabase()
  await add('2_second', 'INSERT INTO colours VALUES (1)')
  await add('1_first', 'CREATE TABLE colours (id int)')
  expect(await migrate(url, directory)).toEqual(['1_first', '2_second'])
  expect(await migrate(url, directory)).toEqual([])
  expect(await query('SELECT * FROM colours')).toEqual([{ id: 1 }])
})

test('two starts at once apply each migration once', async () => {
  const { url, directory, add, query } = await emptyDatabase()
  await add('1_first', 'CREATE TABLE colours (id int); INSERT INTO colours VALUES (1)')
  const applied = await Promise.all([migrate(url, directory), migrate(url, directory), migrate(url, directory)])
  expect(applied.flat()).toEqual(['1_first'])
  expect(await query('SELECT * FROM colours')).toHaveLength(1)
})

test('a migration that fails leaves nothing behind, and those before it in place', async () => {
  const { url, directory, add, query } = await emptyDatabase()
  await add('1_first', 'CREATE TABLE colours (id int)')
  await add('2_second', 'CREATE TABLE half (id int); SELECT nonsense')
  await expect(migrate(url, directory)).rejects.toThrow(/2_second could not be applied: .*nonsense/)
  expect(await query(`SELECT to_regclass('colours')::text AS colours, to_regclass('half') AS half`)).toEqual([
    { colours: 'colours', half: null },
  ])
  await add('2_second', 'CREATE TABLE whole (id int)')
  expect(await migrate(url, directory)).toEqual(['2_second'])
})

test('a migration that was changed after it had been applied is refused', async () => {
  const { url, directory, add } = await emptyDatabase()
  await add('1_first', 'CREATE TABLE colours (id int)')
  await migrate(url, directory)
  await add('1_first', 'CREATE TABLE colours (id bigint)')
  await expect(migrate(url, directory)).rejects.toThrow(/1_first was changed after it had been applied/)
})

test('a database that a later version has used is refused', async () => {
  const { url, directory, add } = await emptyDatabase()
  await add('1_first', 'CREATE TABLE colours (id int)')
  await add('2_later', 'CREATE TABLE shapes (id int)')
  await migrate(url, directory)
  await rm(join(directory, '2_later'), { recursive: true })
  await expect(migrate(url, directory)).rejects.toThrow(/2_later, which this version of Micro does not know/)
})

test('a migration that Prisma recorded as failed is refused', async () => {
  const { url, directory, add, query } = await emptyDatabase()
  await add('1_first', 'CREATE TABLE colours (id int)')
  await migrate(url, directory)
  await query('UPDATE "_prisma_migrations" SET finished_at = NULL')
  await expect(migrate(url, directory)).rejects.toThrow(/1_first failed earlier/)
})

test("Prisma's own command agrees that the project's database is up to date", async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const env = { PATH: '/usr/bin:/bin', DATABASE_URL: url, CHECKPOINT_DISABLE: '1', NO_COLOR: '1' }
  const status = await exec([process.execPath, 'node_modules/prisma/build/index.js', 'migrate', 'status'], { env })
  expect(status.stdout).toContain('Database schema is up to date!')
  const drift = ['migrate', 'diff', '--from-config-datasource', '--to-schema', 'prisma/schema.prisma', '--exit-code']
  expect(await exec([process.execPath, 'node_modules/prisma/build/index.js', ...drift], { env })).toMatchObject({ code: 0 })
})

async function emptyDatabase() {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const query = async (statement: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(statement)).rows
    } finally {
      await client.end()
    }
  }
  await query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  const directory = await temporaryDirectory()
  const add = async (name: string, sql: string) => {
    await mkdir(join(directory, name), { recursive: true })
    await writeFile(join(directory, name, 'migration.sql'), sql)
  }
  return { url, directory, add, query }
}
