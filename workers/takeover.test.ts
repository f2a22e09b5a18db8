import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readBuildLog } from '../control/logs/list.ts'
import { cancelRun } from '../control/runs/cancel.ts'
import { createRun } from '../control/runs/create.ts'
import { streamRunLog } from '../control/runs/follow.ts'
import { getRun } from '../control/runs/get.ts'
import { deploysOf, type Files, httpService } from '../testing/deploys.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { pidsOf } from '../testing/processes.ts'
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

describe('a job', { timeout: 120_000 }, () => {
  const run = async (...command: [string, ...string[]]) =>
    (await createRun({ ctx: person.ctx, input: { ...person.scope, service: 'hello', command } })).id
  const get = (id: string) => getRun({ ctx: person.ctx, input: { ...person.scope, id } })
  const printed = async (id: string) => {
    const texts: string[] = []
    for await (const lines of streamRunLog({ ctx: person.ctx, input: { ...person.scope, id } }))
      texts.push(...lines.map(({ text }) => text))
    return texts
  }
  const hasPrinted = (id: string) =>
    waitFor('it has begun', async () => (await platform.ctx.db.logChunk.count({ where: { runId: id } })) > 0)

  test('that ran on while there was no worker is taken over, whether or not it has ended meanwhile', async () => {
    const { kill } = await spawnWorker(platform)
    stops.push(kill)
    await person.live('hello', httpService('one'))
    const code = (ms: number) => `console.log("begun"); setTimeout(() => { console.log("done"); process.exit(${ms % 10}) }, ${ms})`
    const [short, long] = [await run('node', '-e', code(1_004)), await run('node', '-e', code(6_005))]
    await hasPrinted(short)
    await hasPrinted(long)
    await kill()
    await waitFor('the short one has ended', async () => (await pidsOf(short)).length === 0)
    expect([(await get(short)).state, (await get(long)).state]).toEqual(['RUNNING', 'RUNNING'])
    await start()
    for (const [id, exitCode] of [
      [short, 4],
      [long, 5],
    ] as const) {
      expect(await printed(id)).toEqual(['begun', 'done'])
      expect(await get(id)).toMatchObject({ state: 'FAILED', exitCode, reason: `It exited with code ${exitCode}.` })
    }
  })

  test('whose instance was killed while there was no worker has failed, and is not begun again', async () => {
    const { kill } = await spawnWorker(platform)
    stops.push(kill)
    await person.live('hello', httpService('one'))
    const id = await run('node', '-e', 'console.log("begun"); setInterval(() => {}, 1000)')
    await hasPrinted(id)
    await kill()
    for (const pid of await pidsOf(id)) process.kill(pid, 'SIGKILL')
    await start()
    expect(await printed(id)).toEqual(['begun'])
    expect(await get(id)).toMatchObject({ state: 'FAILED', reason: 'It ended while the platform was away, and how is not known.' })
  })

  test('that was begun, canceled or timed out while there was no worker is dealt with when there is one', async () => {
    const { kill } = await spawnWorker(platform)
    stops.push(kill)
    await person.live('hello', httpService('one'))
    const forever = 'console.log("begun"); setInterval(() => {}, 1000)'
    const canceled = await run('node', '-e', forever)
    const late = (
      await createRun({ ctx: person.ctx, input: { ...person.scope, service: 'hello', command: ['node', '-e', forever], timeoutMs: 1_000 } })
    ).id
    await hasPrinted(canceled)
    await hasPrinted(late)
    await kill()
    await cancelRun({ ctx: person.ctx, input: { ...person.scope, id: canceled } })
    const begun = await run('node', '-p', '6 * 7')
    await start()
    expect(await printed(begun)).toEqual(['42'])
    expect(await printed(canceled)).toEqual(['begun'])
    expect(await printed(late)).toEqual(['begun'])
    expect((await Promise.all([begun, canceled, late].map(get))).map(({ state }) => state)).toEqual(['SUCCEEDED', 'CANCELED', 'TIMED_OUT'])
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
