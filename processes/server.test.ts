import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { pathsOf } from '../config/paths.ts'
import { exec } from '../lib/exec.ts'
import { temporaryDirectory } from '../testing/data-directory.ts'
import { startOldPostgres } from '../testing/old-postgres.ts'
import { endedServer, get, spawnServer, startTestServer, type TestServer } from '../testing/server.ts'
import { waitFor } from '../testing/wait-for.ts'
import { identify } from './identity.ts'
import { requirePort } from './ports.ts'
import { type ChildName, childNames, pidFile } from './supervisor/children.ts'
import { readIdentity } from './supervisor/lock.ts'

const startMs = 240_000
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
const running: TestServer[] = []

afterEach(async () => {
  for (const server of running.splice(0)) if (server.process.exitCode === null && server.process.signalCode === null) await server.stop()
})

async function start(data: string, settings: Record<string, string> = {}): Promise<TestServer> {
  const server = await startTestServer(data, settings)
  running.push(server)
  return server
}

const childPid = async (data: string, name: ChildName) => (await readIdentity(pidFile(pathsOf(data), name)))?.pid
const isReady = async ({ port }: TestServer) => (await get(port, '/-/readyz'))?.status === 200
const ours = async (data: string) => (await Promise.all(childNames.map((name) => childPid(data, name)))).filter((pid) => pid !== undefined)

test('it starts, answers, says how to log in, and stops leaving no process behind', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const server = await start(data)
  expect((await get(server.port, '/-/healthz'))?.status).toBe(200)
  await waitFor('it is ready', () => isReady(server))
  expect(server.output()).toContain('admin / micro')
  expect(server.output()).toContain(data)
  expect((await stat(join(data, 'secret-key'))).mode & 0o777).toBe(0o600)
  const pids = await ours(data)
  expect(pids).toHaveLength(3)

  const since = Date.now()
  expect(await server.stop()).toBe(0)
  expect(Date.now() - since).toBeLessThan(10_000)
  for (const pid of pids) expect(await identify(pid)).toBeUndefined()
  expect((await readdir(join(data, 'postgres/data'))).includes('postmaster.pid')).toBe(false)
})

test('whichever of its processes is killed, it comes back, and the rest goes on', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const server = await start(data)
  const postgresPid = Number((await readFile(join(data, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])
  for (const name of childNames) {
    const before = await childPid(data, name)
    process.kill(before ?? 0, 'SIGKILL')
    await waitFor(`another ${name}`, async () => ![undefined, before].includes(await childPid(data, name)))
    await waitFor(`ready after the ${name} was killed`, () => isReady(server))
  }
  const pids = await ours(data)
  process.kill(postgresPid, 'SIGKILL')
  await waitFor('PostgreSQL runs again', () => server.output().includes('PostgreSQL runs again.'))
  await waitFor('ready after PostgreSQL was killed', () => isReady(server))
  expect(await ours(data)).toEqual(pids)
  expect(await server.stop()).toBe(0)
})

test('after its supervisor was killed, the next start takes over and nothing is lost', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const first = await start(data)
  const key = await readFile(join(data, 'secret-key'), 'utf8')
  const pids = await ours(data)
  first.process.kill('SIGKILL')
  await once(first.process, 'exit')
  const second = await start(data, { MICRO_PORT: String(first.port) })
  await waitFor('ready', () => isReady(second))
  for (const pid of pids) expect(await identify(pid)).toBeUndefined()
  expect(await readFile(join(data, 'secret-key'), 'utf8')).toBe(key)
  expect(await second.stop()).toBe(0)
})

test('children whose supervisor was killed end by themselves', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const server = await start(data)
  const pids = await ours(data)
  server.process.kill('SIGKILL')
  for (const pid of pids) await waitFor(`process ${pid} has ended`, async () => (await identify(pid)) === undefined)
  // Takes over PostgreSQL, which nobody is left to stop, and stops it.
  expect(await (await start(data)).stop()).toBe(0)
})

test('a second server on the same data, and one on the same port, are refused', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const server = await start(data)
  const sameData = await endedServer(data)
  expect(sameData).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`Micro already runs on ${data} (process ${server.process.pid})`),
  })
  const other = await temporaryDirectory()
  const samePort = await endedServer(other, { MICRO_PORT: String(server.port) })
  expect(samePort).toMatchObject({ code: 2, stderr: expect.stringMatching(new RegExp(`Port ${server.port} is in use by process \\d+`)) })
  expect(await readdir(other)).not.toContain('postgres')
  const console = await endedServer(data, {}, ['--only', 'console'])
  expect(console).toMatchObject({ code: 2, stderr: expect.stringContaining('has a console already') })
  await waitFor('the first one is unharmed', () => isReady(server))
})

test('settings that cannot be are refused before anything is done', async () => {
  const data = await temporaryDirectory()
  const ended = await endedServer(data, { MICRO_PORT: 'x', MICRO_HOST: '0.0.0.0' })
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('MICRO_PORT="x"') })
  expect(await readdir(data)).toEqual([])
})

test('a database that cannot be used is refused in a sentence', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const ended = await endedServer(data, { DATABASE_URL: 'postgresql://micro:hunter2@127.0.0.1:1/micro' })
  expect(ended).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The PostgreSQL at 127.0.0.1:1 cannot be reached: nothing listens there.'),
  })
  expect(ended.stdout + ended.stderr).not.toContain('hunter2')
  expect(await ours(data)).toEqual([])
})

test('a PostgreSQL that is too old is refused in a sentence', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const ended = await endedServer(data, { DATABASE_URL: await startOldPostgres(13) })
  expect(ended).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The PostgreSQL of DATABASE_URL is version 13, and Micro needs 14 or later.'),
  })
  expect(await ours(data)).toEqual([])
})

test('Ctrl-C while it starts stops it, and the next start is as if nothing had been', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const starting = spawnServer(data)
  await waitFor('PostgreSQL is being started', async () => (await readdir(data)).includes('postgres'))
  starting.kill('SIGINT')
  const [code] = await once(starting, 'exit')
  expect(code).toBe(0)
  await waitFor('nothing of it is left', async () => (await ours(data)).length === 0)
  await waitFor('ready', async () => isReady(await start(data)))
})

test('a full disk is refused before anything is done', async (context) => {
  const data = await temporaryDirectory()
  const mounted =
    process.getuid?.() === 0 && (await exec(['mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', data], { env: { PATH } })).code === 0
  if (!mounted) return context.skip('a small disk can only be mounted by root')
  try {
    const ended = await endedServer(data)
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`The disk of ${data} is full.`) })
    expect(await readdir(data)).toEqual([])
  } finally {
    await exec(['umount', data], { env: { PATH } })
  }
})

test.each([
  [['--only', 'database'], 'has no part named database'],
  [['--nonsense'], "Unknown option '--nonsense'"],
])('micro server %s is refused', async (args, complaint) => {
  const ended = await endedServer(await temporaryDirectory(), {}, args)
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(complaint) })
})

test('another router can be run beside the server', { timeout: startMs }, async () => {
  const data = await temporaryDirectory()
  const server = await start(data)
  const port = await requirePort('127.0.0.1', 0)
  const router = spawnServer(data, { MICRO_PORT: String(port) }, ['--only', 'router'])
  const exited = once(router, 'exit')
  await waitFor('the other router is ready', async () => (await get(port, '/-/readyz'))?.status === 200)
  router.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  expect(await isReady(server)).toBe(true)
})

test('a part alone needs the server that it belongs to', async () => {
  const ended = await endedServer(await temporaryDirectory(), {}, ['--only', 'worker'])
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('A part that runs alone needs the secret key') })
})
