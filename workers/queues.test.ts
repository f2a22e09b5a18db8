import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../testing/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../testing/database-proxy.ts'
import { waitFor } from '../testing/wait-for.ts'
import { openQueues } from './queues.ts'

let database: TestDatabase
let proxy: DatabaseProxy
let errors: Error[]

beforeEach(async () => {
  database = await createTestDatabase()
  proxy = await startDatabaseProxy(database.url)
  errors = []
})
afterEach(async () => {
  await proxy.close()
  await database.drop()
})

const open = () => openQueues(proxy.url, (error) => void errors.push(error))
const nothing = async () => undefined

describe('when the database goes away', () => {
  test('the queues ask for it now and then, and go on when it is back', async () => {
    const queues = await open()
    const done: unknown[] = []
    const failures: Error[] = []
    await queues.work(
      'build',
      4,
      async (payload) => void done.push(payload),
      (error) => void failures.push(error),
    )
    await queues.add('build', 'a', 'a', 1)
    await waitFor('the first job is done', () => done.length === 1)

    proxy.cut()
    const [since, before] = [Date.now(), proxy.connections()]
    await waitFor('it was asked for again and again', () => proxy.connections() - before >= 8)
    expect(Date.now() - since).toBeGreaterThan(500)
    expect(errors.length).toBeLessThan(30)
    proxy.restore()

    await waitFor('the second job was added', () =>
      queues.add('build', 'b', 'b', 1).then(
        () => true,
        () => false,
      ),
    )
    await waitFor('the second job is done', () => done.length === 2)
    expect([done, failures]).toEqual([['a', 'b'], []])
    await queues.close()
  })

  test('they can be closed', async () => {
    const queues = await open()
    await queues.work('build', 1, nothing, nothing)
    proxy.cut()
    const before = proxy.connections()
    await waitFor('it was asked for in vain', () => proxy.connections() > before)
    await queues.close()
  })

  test('while they are opened, that is an error and not the end of the process', async () => {
    proxy.cutAt('pg_advisory_xact_lock')
    await expect(open()).rejects.toThrow(/connection/i)
    await (await open()).close()
  })

  test('while a worker becomes ready, that is an error, and does not take the whole process', async () => {
    const queues = await open()
    proxy.cutAt('server_version_num')
    await expect(queues.work('build', 1, nothing, nothing)).rejects.toThrow(/connection/i)
    await queues.close()
  })
})
