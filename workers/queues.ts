import { createPostgresBackend, Queue, runMigrations, setDefaultBackendFactory, Worker } from 'bullmq'
import { type JobName, jobNames } from './catalog.ts'
import { PatientPool } from './patient-pool.ts'

/** BullMQ's tables are in a schema of their own, so that Prisma sees no drift. */
const schema = 'bullmq'
const keep = { removeOnComplete: { count: 200 }, removeOnFail: { count: 200 } }

/** A worker that was killed is noticed, and its job done again, within twice this time. */
const lockMs = 10_000

type OnError = (error: Error) => void

/**
 * One queue a job name, on PostgreSQL. While the database is away they wait for it.
 * @param onError gets what befalls the queues themselves; they go on
 */
export async function openQueues(databaseUrl: string, onError: OnError) {
  setDefaultBackendFactory(createPostgresBackend)
  const pool = new PatientPool({
    connectionString: databaseUrl,
    options: `-c search_path=${schema}`,
    max: 3 * jobNames.length,
    keepAlive: true,
  })
  const client = await pool.connect()
  try {
    await runMigrations(client, schema)
  } finally {
    client.release()
  }
  const queues = new Map(jobNames.map((name) => [name, new Queue(name, { connection: pool as never }).on('error', onError)]))
  await Promise.all([...queues.values()].map((queue) => queue.waitUntilReady()))
  const workers: Worker[] = []
  return {
    /** Adding the same key again does nothing while a job of that key is kept. */
    async add(name: JobName, key: string, payload: unknown, attempts: number): Promise<void> {
      await queues.get(name)?.add(name, payload, { jobId: key, attempts, backoff: { type: 'exponential', delay: 500 }, ...keep })
    },
    /** @param onFailure gets what `run` throws, each time */
    async work(name: JobName, concurrency: number, run: (payload: unknown) => Promise<void>, onFailure: OnError): Promise<void> {
      const worker = new Worker(name, ({ data }) => run(data), {
        connection: pool as never,
        concurrency,
        lockDuration: lockMs,
        stalledInterval: lockMs,
        autorun: false,
      })
      worker.on('error', onError)
      worker.on('failed', (_, error) => onFailure(error))
      workers.push(worker)
      // One that did not become ready never does, and its loop would let nothing else in this process run.
      await worker.waitUntilReady()
      worker.run().catch(onError)
    },
    async close(): Promise<void> {
      pool.stopWaiting()
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      await pool.end()
    },
  }
}

export type Queues = Awaited<ReturnType<typeof openQueues>>
