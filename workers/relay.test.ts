import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { outboxChannel } from '../control/context.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { openQueues, type Queues } from './queues.ts'
import { relayOutbox } from './relay.ts'

let platform: TestPlatform
let queues: Queues

const logged = (error: Error) => platform.ctx.platform.log.warn({ err: error }, 'a queue of jobs')

beforeEach(async () => {
  platform = await createTestPlatform()
  queues = await openQueues(platform.databaseUrl, logged)
})
afterEach(async () => {
  await queues.close()
  await platform.close()
})

const write = (key: string, job = 'build') => platform.ctx.db.outbox.create({ data: { job, key, payload: { deploymentId: key } } })
const waiting = () => platform.ctx.db.outbox.count()
const tell = () => platform.ctx.platform.bus.publish(outboxChannel, {})

function startRelay() {
  const left = new AbortController()
  const relay = relayOutbox({ ...platform.ctx, signal: left.signal }, queues)
  return async () => {
    left.abort()
    await relay
  }
}

/** Keys of the jobs that were done, in their order. */
function work(): string[] {
  const done: string[] = []
  queues.work(
    'build',
    1,
    async (payload) => void done.push((payload as { deploymentId: string }).deploymentId),
    (error) => void done.push(String(error)),
  )
  return done
}

describe('the relay of the outbox', () => {
  test('takes what was written before it began, in its order, and what it is told of', async () => {
    for (const key of ['a', 'b', 'c']) await write(key)
    const stop = startRelay()
    const done = work()
    await waitFor('three jobs are done', () => done.length === 3)
    await write('d')
    await tell()
    await waitFor('four jobs are done', () => done.length === 4)
    expect(done).toEqual(['a', 'b', 'c', 'd'])
    expect(await waiting()).toBe(0)
    await stop()
  })

  test('takes what nobody told it of', async () => {
    const stop = startRelay()
    const done = work()
    await tell()
    await write('a')
    await waitFor('the job is done', () => done.length === 1)
    await stop()
  })

  test('puts a key into the queue once, however often it is written and by however many', async () => {
    const stops = [startRelay(), startRelay()]
    const done = work()
    for (const key of ['a', 'a', 'b', 'a']) await write(key)
    await Promise.all([tell(), tell()])
    await waitFor('the outbox is empty', async () => (await waiting()) === 0)
    await write('a')
    await write('c')
    await tell()
    await waitFor('the last job is done', () => done.includes('c'))
    expect(done).toEqual(['a', 'b', 'c'])
    await Promise.all(stops.map((stop) => stop()))
  })

  test('ends though the queue does not answer, and keeps what it did not take', async () => {
    await write('a')
    const silent = await openQueues(platform.databaseUrl, logged)
    await silent.close()
    const asked = Promise.withResolvers<void>()
    const add: Queues['add'] = (...job) => {
      asked.resolve()
      return silent.add(...job)
    }
    const left = new AbortController()
    const relay = relayOutbox({ ...platform.ctx, signal: left.signal }, { ...silent, add })
    await asked.promise
    left.abort()
    await relay
    expect(await waiting()).toBe(1)
    const stop = startRelay()
    const done = work()
    await waitFor('the job is done', () => done.length === 1)
    await stop()
  })

  test('drops a job that nobody does, with a word in the log', async () => {
    await write('a', 'no-such-job')
    await write('b')
    const stop = startRelay()
    const done = work()
    await waitFor('the job after it is done', () => done.length === 1)
    expect(platform.logged).toContainEqual(expect.objectContaining({ job: 'no-such-job', msg: 'the outbox has a job that nobody does' }))
    await stop()
  })
})

test('a job is done again when it fails, as often as it may be, and no more often', async () => {
  let tries = 0
  const errors: string[] = []
  queues.work(
    'rollout',
    1,
    async () => {
      tries += 1
      throw new Error(`failure ${tries}`)
    },
    ({ message }) => void errors.push(message),
  )
  await queues.add('rollout', 'a', {}, 3)
  await waitFor('three tries have failed', () => errors.length === 3)
  expect([tries, errors]).toEqual([3, ['failure 1', 'failure 2', 'failure 3']])
})

test('the tables of the queue are in a schema of their own', async () => {
  const client = new pg.Client({ connectionString: platform.databaseUrl })
  await client.connect()
  const { rows } = await client.query(`SELECT DISTINCT table_schema AS name FROM information_schema.tables WHERE table_name LIKE '%job%'`)
  await client.end()
  expect(rows).toEqual([{ name: 'bullmq' }])
})
