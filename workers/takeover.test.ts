import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readBuildLog } from '../control/logs/list.ts'
import { deploysOf, type Files, httpService } from '../testing/deploys.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { spawnWorker, startWorker } from '../testing/worker.ts'

let platform: TestPlatform
let person: ReturnType<typeof deploysOf>
let stops: (() => Promise<void>)[]

beforeEach(async () => {
  stops = []
  platform = await createTestPlatform()
  const owner = await platform.createUser()
  person = deploysOf(owner, await platform.createNamespace(owner))
})
afterEach(async () => {
  for (const stop of stops.reverse()) await stop()
  await platform.close()
})

/** Each is ended when the test is, so that no instance outlives it. */
async function start() {
  const worker = await startWorker(platform)
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= worker.stop())
  stops.push(stop)
  return stop
}

/** Takes long to build, and says so. */
const slowBuild = (text: string): Files => ({
  'package.json': JSON.stringify({ scripts: { build: 'node build.js', start: 'node server.js' } }),
  'build.js': 'setTimeout(() => {}, 3000)',
  'server.js': httpService(text)['server.js'] ?? '',
})

/** Takes long until it listens. */
const slowStart = (text: string): Files => ({
  Procfile: 'web: node server.js\n',
  'server.js': `setTimeout(() => { ${httpService(text)['server.js']} }, 3000)`,
})

/** Takes long to get ready before its instances may start, and notes that it did. */
const slowRelease = (text: string): Files => httpService(text, { 'micro.yaml': 'release: "echo begun; sleep 3; echo done"\n' })

const ways = {
  'was killed': async () => {
    const { kill } = await spawnWorker(platform)
    stops.push(kill)
    return kill
  },
  'was stopped': start,
}

describe.each(Object.entries(ways))('when the worker %s', (_, begin) => {
  test.each([
    ['a build', slowBuild, 'BUILDING'],
    ['a rollout', slowStart, 'STARTING'],
  ] as const)('half-way in %s, the next one goes on, and what was live serves again', { timeout: 120_000 }, async (_, files, state) => {
    const end = await begin()
    expect(await person.live('hello', httpService('one'))).toMatchObject({ state: 'LIVE' })
    const id = await person.deploy('hello', files('two'))
    await waitFor(`it is ${state}`, async () => (await person.deployment(id)).state === state)
    await end()
    await start()
    expect(await person.ended(id)).toMatchObject({ state: 'LIVE', release: { version: 2 } })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^two /)])
    await waitFor('nothing else runs', async () => (await person.service('hello')).instances.length === 1, 30_000)
  })

  test('what ran runs again', { timeout: 120_000 }, async () => {
    const end = await begin()
    await person.live('hello', httpService('one'))
    await end()
    const startedAt = Date.now()
    await start()
    await waitFor('it answers', async () => (await person.answers('hello').catch(() => [])).length === 1)
    expect(Date.now() - startedAt).toBeLessThan(20_000)
    expect(await person.service('hello')).toMatchObject({ state: 'RUNNING', instances: [{ state: 'READY' }] })
  })
})

test('a release command goes on without a worker, and once: the next worker takes it over', { timeout: 120_000 }, async () => {
  const { kill } = await spawnWorker(platform)
  stops.push(kill)
  const id = await person.deploy('hello', slowRelease('one'))
  const log = async () =>
    (await readBuildLog({ ctx: person.ctx, input: { ...person.scope, deployment: id } }))
      .map(({ text }) => text)
      .filter((text) => !text.startsWith('=='))
  await waitFor('its output is stored', async () => (await log()).includes('begun'))
  await kill()
  await start()
  expect(await person.ended(id)).toMatchObject({ state: 'LIVE' })
  expect(await log()).toEqual(['begun', 'done'])
})

test('a release command that was stopped with the platform fails the deployment', { timeout: 120_000 }, async () => {
  const stop = await start()
  const id = await person.deploy('hello', slowRelease('one'))
  await waitFor(
    'it runs',
    async () =>
      (await person.deployment(id)).state === 'RELEASING' &&
      (await platform.ctx.db.run.count({ where: { startedAt: { not: null } } })) === 1,
  )
  await stop()
  await start()
  expect(await person.ended(id)).toMatchObject({
    state: 'FAILED',
    reason: expect.stringMatching(/The platform was stopped or killed while it ran/),
  })
})

test('what ran on while there was no worker is not started anew, and its output is kept', { timeout: 120_000 }, async () => {
  const { kill } = await spawnWorker(platform)
  stops.push(kill)
  await person.live('hello', httpService('one'))
  const before = await person.answers('hello')
  await kill()
  expect(await person.answers('hello')).toEqual(before)
  await start()
  await waitFor('its output is stored once', async () => {
    const chunks = await platform.ctx.db.logChunk.findMany({ where: { instanceId: { not: null } } })
    return JSON.stringify(chunks.map(({ lines }) => lines)).split('one listens').length === 2
  })
  expect(await person.answers('hello')).toEqual(before)
  expect(await person.service('hello')).toMatchObject({ state: 'RUNNING', instances: [{ restarts: 0 }] })
})

test('a deploy that was begun while there was no worker is done when there is one', { timeout: 60_000 }, async () => {
  const id = await person.deploy('hello', httpService('one'))
  await start()
  expect(await person.ended(id)).toMatchObject({ state: 'LIVE' })
})
