import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { pathsOf } from '../config/paths.ts'
import { temporaryDirectory } from '../testing/data-directory.ts'
import { waitFor } from '../testing/wait-for.ts'
import { requireDatabase } from './database.ts'
import { identify } from './identity.ts'
import { runningPostgres, startPostgres } from './postgres.ts'

async function start(data: string) {
  const postgres = await startPostgres(pathsOf(data), () => undefined)
  onTestFinished(() => postgres.stop(AbortSignal.timeout(5_000)))
  await requireDatabase(postgres.url, { create: true })
  return postgres
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

test('what was written is there after a stop and a start', async () => {
  const data = await temporaryDirectory()
  const first = await start(data)
  await query(first.url, 'CREATE TABLE kept (id int)')
  await first.stop(AbortSignal.timeout(5_000))
  expect(await identify(first.pid)).toBeUndefined()
  const second = await start(data)
  expect(await query(second.url, 'SELECT * FROM kept')).toEqual([])
})

test('one that a killed supervisor has left running is taken over, and nothing is lost', async () => {
  const data = await temporaryDirectory()
  const left = await start(data)
  await query(left.url, 'CREATE TABLE kept (id int)')
  const second = await start(data)
  expect(await left.exited).toBe('exit code 0')
  expect(second.pid).not.toBe(left.pid)
  expect(await query(second.url, 'SELECT * FROM kept')).toEqual([])
})

test('one that was killed itself comes back with everything', async () => {
  const data = await temporaryDirectory()
  const first = await start(data)
  await query(first.url, 'CREATE TABLE kept (id int)')
  process.kill(first.pid, 'SIGKILL')
  expect(await first.exited).toBe('SIGKILL')
  const second = await start(data)
  expect(await query(second.url, 'SELECT * FROM kept')).toEqual([])
})

test('it listens on a socket only its owner can reach, wants the password, and is not root', async () => {
  const data = await temporaryDirectory()
  const { url, pid } = await start(data)
  const paths = pathsOf(data)
  expect((await stat(paths.postgresSocket)).mode & 0o777).toBe(0o700)
  expect((await stat(join(paths.postgres, 'password'))).mode & 0o777).toBe(0o600)
  expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }])
  const wrong = new URL(url)
  wrong.password = 'wrong'
  await expect(query(wrong.toString(), 'SELECT 1')).rejects.toThrow(/password authentication failed/)
  expect((await stat(`/proc/${pid}`)).uid).not.toBe(0)
})

test('a part that runs alone finds it', async () => {
  const data = await temporaryDirectory()
  const postgres = await start(data)
  expect(await runningPostgres(pathsOf(data))).toBe(postgres.url)
  await postgres.stop(AbortSignal.timeout(5_000))
  expect(await runningPostgres(pathsOf(data))).toBeUndefined()
})

test('a data directory with a long path works, over a short one for the socket', async () => {
  const data = join(await temporaryDirectory(), 'd'.repeat(120))
  await mkdir(data, { mode: 0o711 })
  const { url } = await start(data)
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a cluster of another PostgreSQL is refused in a sentence', async () => {
  const data = await temporaryDirectory()
  const { stop } = await start(data)
  await stop(AbortSignal.timeout(5_000))
  const file = join(pathsOf(data).postgres, 'data/PG_VERSION')
  const version = await readFile(file, 'utf8')
  await writeFile(file, '13\n')
  await expect(startPostgres(pathsOf(data), () => undefined)).rejects.toThrow(
    `was made by PostgreSQL 13, and this Micro brings PostgreSQL ${version.trim()}`,
  )
})

test.runIf(process.getuid?.() === 0)('as root, a data directory that PostgreSQL cannot reach is refused in a sentence', async () => {
  const parent = await temporaryDirectory()
  await chmod(parent, 0o700)
  await expect(startPostgres(pathsOf(join(parent, 'data')), () => undefined)).rejects.toThrow(/that user cannot reach/)
})

test('PostgreSQL that cannot start says why', async () => {
  const data = await temporaryDirectory()
  const { stop } = await start(data)
  await stop(AbortSignal.timeout(5_000))
  await writeFile(join(pathsOf(data).postgres, 'data/postgresql.auto.conf'), 'work_mem = nonsense\n')
  await expect(startPostgres(pathsOf(data), () => undefined)).rejects.toThrow(/PostgreSQL did not start: /)
  await waitFor('the failed one has gone', async () => (await runningPostgres(pathsOf(data))) === undefined)
})
