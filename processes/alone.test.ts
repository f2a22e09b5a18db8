import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { envelopeKey, routerKey } from '../config/keys.ts'
import { pathsOf } from '../config/paths.ts'
import { RouterService } from '../gen/proto/micro/router/v1/router_pb.ts'
import { isRunning } from '../runtime/process/fixture.ts'
import { temporaryDirectory } from '../testing/data-directory.ts'
import { createTestDatabase } from '../testing/database.ts'
import { deploysOf, httpService } from '../testing/deploys.ts'
import { startOldPostgres } from '../testing/old-postgres.ts'
import { createTestPlatform } from '../testing/platform.ts'
import { endedServer, get, spawnServer } from '../testing/server.ts'
import { waitFor } from '../testing/wait-for.ts'
import { requirePort } from './ports.ts'

const startMs = 240_000
const secretKey = 'k'.repeat(43)

/** `micro server --only PART`, killed when the test has finished. Its `stop` is SIGTERM, which it must follow in time. */
function startAlone(part: string, data: string, settings: Record<string, string>): { stop(): Promise<void> } {
  const child = spawnServer(data, settings, ['--only', part])
  const exited = once(child, 'exit')
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += chunk))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return {
    async stop() {
      const before = Date.now()
      child.kill('SIGTERM')
      expect(await exited, printed).toEqual([0, null])
      expect(Date.now() - before).toBeLessThan(10_000)
    },
  }
}

async function database(): Promise<string> {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  return url
}

test('the router answers alone, and says what it misses', { timeout: startMs }, async () => {
  const port = await requirePort('127.0.0.1', 0)
  const router = startAlone('router', await temporaryDirectory(), { MICRO_PORT: String(port), MICRO_ROUTER_KEY: routerKey(secretKey) })
  await waitFor('it answers', async () => (await get(port, '/-/healthz'))?.status === 200, startMs)
  const readiness = await get(port, '/-/readyz')
  expect([readiness?.status, JSON.parse(readiness?.body ?? '')]).toMatchObject([503, { ready: false, routes: 'not loaded' }])
  await router.stop()
})

test('control alone makes the tables of an empty database, and gives a router its routes, and nobody else', {
  timeout: startMs,
}, async () => {
  const data = await temporaryDirectory()
  const databaseUrl = await database()
  await empty(databaseUrl)
  const control = startAlone('control', data, { DATABASE_URL: databaseUrl, MICRO_SECRET_KEY: secretKey })
  const transport = createGrpcTransport({
    baseUrl: 'http://localhost',
    nodeOptions: { createConnection: () => connect(pathsOf(data).controlSocket) },
  })
  const { watchRoutes } = createClient(RouterService, transport)
  const first = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` }
    for await (const table of watchRoutes({ routerId: 'rtr_test' }, { headers, timeoutMs: 5_000 })) return table
    return undefined
  }
  const table = await waitFor('it gives the table', () => first(routerKey(secretKey)).catch(() => undefined), startMs)
  expect(table).toMatchObject({ snapshot: true, routes: [] })
  await expect(first('another key')).rejects.toThrow(/Only the platform itself may do this/)
  await control.stop()
})

test('the console alone serves pages and GraphQL', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const console = startAlone('console', data, { DATABASE_URL: await database(), MICRO_SECRET_KEY: secretKey })
  const ask = (path: string, body?: string) => askSocket(pathsOf(data).consoleSocket, path, body)
  const page = await waitFor('it answers', () => ask('/login').catch(() => undefined), startMs)
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<html') })
  expect(await ask('/graphql', JSON.stringify({ query: '{ __typename }' }))).toMatchObject({
    status: 200,
    body: expect.stringContaining('"__typename":"Query"'),
  })
  await console.stop()
})

test('the worker alone takes a deploy from the queue and makes it live, and stops what it runs', { timeout: startMs }, async () => {
  const platform = await createTestPlatform({ envelopeKey: envelopeKey(secretKey) })
  onTestFinished(() => platform.close())
  const owner = await platform.createUser()
  const person = deploysOf(owner, await platform.createNamespace(owner))
  const id = await person.deploy('hello', httpService('one'))
  const settings = { DATABASE_URL: platform.databaseUrl, MICRO_SECRET_KEY: secretKey }
  const worker = startAlone('worker', platform.dataDirectory, settings)
  expect(await person.ended(id)).toMatchObject({ state: 'LIVE' })
  const [answer = ''] = await person.answers('hello')
  expect(answer).toMatch(/^one \d+$/)
  await worker.stop()
  expect(await isRunning(answer.slice('one '.length))).toBe(false)
})

test.each(['control', 'worker', 'console'])(
  'the %s alone refuses a database that cannot be used, in a sentence',
  { timeout: startMs },
  async (part) => {
    const refused = async (databaseUrl: string) =>
      endedServer(await temporaryDirectory(), { DATABASE_URL: databaseUrl, MICRO_SECRET_KEY: secretKey }, ['--only', part])
    const unreachable = 'postgresql://micro:hunter2@127.0.0.1:1/micro'
    expect(await refused(unreachable)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The PostgreSQL at 127.0.0.1:1 cannot be reached: nothing listens there.'),
    })
    expect(await refused(await startOldPostgres(13))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is version 13, and Micro needs'),
    })
  },
)

async function empty(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
  await client.end()
}

function askSocket(socketPath: string, path: string, body?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'localhost', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const call = request({ socketPath, path, method: body === undefined ? 'GET' : 'POST', headers, agent: false }, async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) })
    })
    call.once('error', reject)
    call.end(body)
  })
}
