import pg from 'pg'
import pino from 'pino'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../testing/database.ts'
import { waitFor } from '../../testing/wait-for.ts'
import { busSuite } from '../suite.ts'
import { createPostgresBus } from './bus.ts'

const log = pino({ level: 'silent' })

busSuite('postgres', async () => {
  const { url, drop } = await createTestDatabase()
  const named = new URL(url)
  named.searchParams.set('application_name', 'the bus')
  const [bus, other] = [createPostgresBus({ url: named.toString(), log }), createPostgresBus({ url, log })]
  return {
    bus,
    other,
    async cut() {
      expect(await terminate(url, 'the bus')).toBeGreaterThan(0)
    },
    async close() {
      await Promise.all([bus.close(), other.close()])
      await drop()
    },
  }
})

test('listens as soon as there is a PostgreSQL, though there was none at first', async () => {
  const { url, drop } = await createTestDatabase()
  const later = new URL(url)
  later.pathname += '_later'
  const bus = createPostgresBus({ url: later.toString(), log })
  const left = new AbortController()
  const values = bus.subscribe('news', { signal: left.signal })[Symbol.asyncIterator]()
  const first = values.next()
  await expect(bus.publish('news', {})).rejects.toThrow(/does not exist/)
  await query(url, `CREATE DATABASE ${later.pathname.slice(1)}`)
  expect(await first).toEqual({ done: false, value: undefined })
  left.abort()
  await bus.close()
  await query(url, `DROP DATABASE ${later.pathname.slice(1)} WITH (FORCE)`)
  await drop()
})

test('keeps nothing of subscriptions that were left', async () => {
  const { url, drop } = await createTestDatabase()
  const bus = createPostgresBus({ url, log })
  for (let round = 0; round < 20; round++) {
    const left = new AbortController()
    for await (const _ of bus.subscribe('news', { signal: left.signal })) break
    left.abort()
  }
  expect(await waitFor('connections are few', async () => (await connections(url)) <= 2)).toBe(true)
  await bus.close()
  await drop()
})

async function terminate(url: string, application: string): Promise<number> {
  const rows = await query(url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${application}'`)
  return rows.length
}

async function connections(url: string): Promise<number> {
  return (await query(url, 'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')).length
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
