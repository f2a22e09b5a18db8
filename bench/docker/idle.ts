import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { pathsOf } from '../../config/paths.ts'
import { mapLimited } from '../../lib/concurrency.ts'
import { runningPostgres } from '../../processes/postgres.ts'
import type { Figure } from '../figure.ts'
import type { Installation } from '../installation.ts'
import { megabytes, processesOf } from '../processes.ts'
import { createService } from '../service.ts'

/** Of the free plan. */
const servicesEach = 10
const settleMs = 60_000

/** What the platform's own processes take for each idle service, and how soon a worker that was killed has them all in hand again. */
export async function measureIdleServices(installation: Installation, services: number): Promise<Figure[]> {
  await pause(settleMs)
  const empty = megabytes(await processesOf(installation.data), 'platform', 'ownKb')
  const names = Array.from({ length: Math.ceil(services / servicesEach) }, (_, i) => `idle-${i}`)
  const began = performance.now()
  await mapLimited(names, 2, (namespace) => runIdle(installation, namespace))
  const ranMs = performance.now() - began
  const ready = await count(installation)
  if (ready < services) throw new Error(`${ready} of ${services} services are ready.`)
  await pause(settleMs)
  const full = megabytes(await processesOf(installation.data), 'platform', 'ownKb')
  const reconciled: number[] = []
  for (let round = 0; round < 3; round++) reconciled.push(await killWorker(installation))
  return [
    {
      name: `platform memory for each idle service in a container, of ${services}`,
      unit: 'MB',
      goal: 1,
      samples: [(full - empty) / services],
    },
    { name: '— time to deploy all of them, two at once', unit: 's', samples: [ranMs / 1000] },
    { name: `worker killed, with ${services} services → all looked at again`, unit: 's', goal: 5, samples: reconciled },
  ]
}

async function runIdle(installation: Installation, namespace: string): Promise<void> {
  await installation.micro(['namespace', 'create', namespace])
  for (let number = 0; number < servicesEach; number++) {
    const service = await createService(join(installation.scratch, namespace), `idle-${number}`)
    await installation.micro(['run', service.directory, '--namespace', namespace])
    await service.remove()
  }
}

async function count(installation: Installation): Promise<number> {
  const client = new pg.Client({ connectionString: await runningPostgres(pathsOf(installation.data)) })
  await client.connect()
  try {
    const { rows } = await client.query<{ count: string }>(`SELECT count(DISTINCT "serviceId") FROM "Instance" WHERE "state" = 'READY'`)
    return Number(rows[0]?.count)
  } finally {
    await client.end()
  }
}

/** From SIGKILL until the next process of the platform says that it has looked at every service. */
async function killWorker({ data }: Installation): Promise<number> {
  const platform = (await processesOf(data)).find(({ title }) => / platform$/.test(title))
  if (platform === undefined) throw new Error('The platform does not run.')
  const log = join(data, 'logs/platform.log')
  const before = (await readFile(log, 'utf8')).length
  const since = performance.now()
  process.kill(platform.pid, 'SIGKILL')
  for (;;) {
    const text = (await readFile(log, 'utf8')).slice(before)
    if (text.includes('looked at all services')) return (performance.now() - since) / 1000
    if (performance.now() - since > 120_000) throw new Error('The worker did not come back within two minutes.')
    await pause(10)
  }
}
