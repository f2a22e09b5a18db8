import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Figure } from './figure.ts'
import { get } from './http.ts'
import type { Installation } from './installation.ts'
import { type InstallationProcess, megabytes, processesOf } from './processes.ts'
import { createService } from './service.ts'

const settleMs = 60_000
/** A namespace of the free plan has no more than ten. */
const namespaces = ['idle-a', 'idle-b']
const servicesEach = 10

/**
 * Memory of a server that was started afresh, asked once of everything and left alone for a minute: with no service, then with twenty.
 * The installation must have none yet.
 */
export async function measureMemory(installation: Installation): Promise<Figure[]> {
  const empty = await idle(installation)
  await runTwenty(installation)
  const full = await idle(installation)
  const count = namespaces.length * servicesEach
  const running = full.filter(({ kind }) => kind === 'shim').length
  if (running !== count) throw new Error(`${running} services run, and not ${count}.`)
  const total = megabytes(empty, 'platform')
  const between = megabytes(full, 'shim')
  // Without pages of files: Node.js's own are shared by the services then, which would make the platform look smaller with each.
  const more = between + megabytes(full, 'platform', 'ownKb') - megabytes(empty, 'platform', 'ownKb')
  return [
    { name: 'memory of the installation, idle: PSS of all its processes', unit: 'MB', goal: 350, samples: [total] },
    ...byProcess(empty),
    { name: `memory for each idle service, of ${count}, beyond its own process`, unit: 'MB', goal: 1, samples: [more / count] },
    { name: '— of that, what stands between platform and process', unit: 'MB', samples: [between / count] },
    { name: "— beside it, a service's own process (Node.js)", unit: 'MB', samples: [megabytes(full, 'tenant') / count] },
  ]
}

async function idle(installation: Installation): Promise<InstallationProcess[]> {
  await installation.restart()
  const address = { port: installation.port, host: `localhost:${installation.port}` }
  // A page, the GraphQL API, and the gRPC services by way of the CLI.
  const page = await get({ ...address, path: '/login' })
  const graphql = await get({ ...address, path: '/graphql', json: JSON.stringify({ query: '{ __typename }' }) })
  if (page.status !== 200 || graphql.status !== 200) throw new Error(`The console answered ${page.status}, and GraphQL ${graphql.status}.`)
  await installation.micro(['namespace', 'list'])
  await pause(settleMs)
  return processesOf(installation.data)
}

async function runTwenty(installation: Installation): Promise<void> {
  for (const namespace of namespaces) {
    await installation.micro(['namespace', 'create', namespace])
    for (let number = 1; number <= servicesEach; number++) {
      const service = await createService(join(installation.scratch, namespace), `idle-${number}`)
      await installation.micro(['run', service.directory, '--namespace', namespace])
      await service.remove()
    }
  }
}

function byProcess(processes: readonly InstallationProcess[]): Figure[] {
  const sums = new Map<string, number>()
  for (const process of processes) {
    const part = partOf(process)
    sums.set(part, (sums.get(part) ?? 0) + process.pssKb / 1024)
  }
  return [...sums].sort(([, a], [, b]) => b - a).map(([part, size]) => ({ name: `— ${part}`, unit: 'MB', samples: [size] }))
}

function partOf({ title }: InstallationProcess): string {
  if (/^postgres:|\/postgres /.test(title)) return 'PostgreSQL'
  return /main\.ts (\w+)/.exec(title)?.[1]?.replace('server', 'supervisor') ?? title.slice(0, 40)
}
