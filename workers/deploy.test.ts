import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cancelDeployment } from '../control/deployments/cancel.ts'
import { readBuildLog, readLogs } from '../control/logs/list.ts'
import { rollback } from '../control/releases/redeploy.ts'
import { scale } from '../control/services/scale.ts'
import { deploysOf, httpService } from '../testing/deploys.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { startWorker, type TestWorker } from '../testing/worker.ts'

let platform: TestPlatform
let worker: TestWorker
let person: ReturnType<typeof deploysOf>

beforeAll(async () => {
  platform = await createTestPlatform()
  worker = await startWorker(platform)
}, 60_000)
beforeEach(async () => {
  const owner = await platform.createUser()
  person = deploysOf(owner, await platform.createNamespace(owner))
})
afterAll(async () => {
  await worker.stop()
  await platform.close()
})

const node = (code: string) => ({ Procfile: 'web: node server.js\n', 'server.js': code })

describe('a deploy', { timeout: 90_000 }, () => {
  test('goes from uploaded files to live, with its logs', async () => {
    const deployment = await person.live('hello', httpService('one'))
    expect(deployment).toMatchObject({ state: 'LIVE', release: { version: 1, protocol: 'http' } })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^one \d+$/)])
    expect(await person.service('hello')).toMatchObject({ state: 'RUNNING', instancesReady: 1 })
    const { ctx, scope } = person
    const lines = () => readLogs({ ctx, input: { ...scope, service: 'hello' } })
    await waitFor('its output is stored', async () => (await lines()).some(({ text }) => text === 'one listens'))
    expect(await readBuildLog({ ctx, input: { ...scope, deployment: deployment.id } })).not.toEqual([])
  })

  test('replaces the release before, whose instances end', async () => {
    await person.live('hello', httpService('one'))
    const { instances: before } = await person.service('hello')
    expect(await person.live('hello', httpService('two'))).toMatchObject({ state: 'LIVE', release: { version: 2 } })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^two /)])
    const gone = async () => !(await person.service('hello')).instances.some(({ id }) => id === before[0]?.id)
    await waitFor('the old instance is gone', gone)
    await expect(fetch(`http://${before[0]?.host}:${before[0]?.port}/`)).rejects.toThrow()
  })

  test('lets micro.yaml say who may call it and how many run, from when it is live on', async () => {
    const declared = { 'micro.yaml': 'public: false\ninstances: 2\n' }
    await person.live('hello', { ...httpService('one'), ...declared })
    await waitFor('two instances', async () => (await person.service('hello')).instancesReady === 2)
    expect(await person.service('hello')).toMatchObject({ public: false, instancesWanted: 2 })
    const { ctx, scope } = person
    await scale({ ctx, input: { ...scope, service: 'hello', instances: 1 } })
    await person.live('hello', { ...httpService('two'), ...declared })
    expect(await person.service('hello')).toMatchObject({ public: false, instancesWanted: 1 })
    await person.live('hello', httpService('three'), { options: { public: true } })
    const { id } = await rollback({ ctx, input: { ...scope, service: 'hello' } })
    await person.ended(id)
    expect(await person.service('hello')).toMatchObject({ public: true, instancesWanted: 1 })
  })

  test('that fails opens nothing', async () => {
    await person.live('hello', httpService('one'), { options: { public: false } })
    expect(await person.live('hello', node('process.exit(1)'), { options: { public: true } })).toMatchObject({ state: 'FAILED' })
    expect(await person.service('hello')).toMatchObject({ public: false })
    await person.live('hello', httpService('two'), { options: { public: true } })
    expect(await person.service('hello')).toMatchObject({ public: true })
  })

  test('goes back without a build', async () => {
    await person.live('hello', httpService('one'))
    await person.live('hello', httpService('two'))
    const { ctx, scope } = person
    const { id } = await rollback({ ctx, input: { ...scope, service: 'hello' } })
    expect(await person.ended(id)).toMatchObject({ state: 'LIVE', release: { version: 1 }, buildStartedAt: null })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^one /)])
  })

  test.each([
    ['a build that fails', { 'package.json': '{"scripts":{"build":"exit 3","start":"node server.js"}}', 'server.js': '' }, /build.*3/],
    ['a service that crashes', node('console.log("about to fail"); process.exit(7)'), /exited with code 7/],
    ['a service that ends without an error', node('console.log("done")'), /ended by itself with code 0/],
    ['a service on another port', node('require("node:http").createServer().listen(0, "127.0.0.1"); '), /\$PORT/],
    ['nothing that is recognised', { 'readme.txt': 'hello' }, /recogni/i],
  ] as [string, Record<string, string>, RegExp][])('leaves the old release serving and says why: %s', async (_, files, reason) => {
    await person.live('hello', httpService('one'))
    const failed = await person.live('hello', files, { options: { startTimeoutMs: 2_000 } })
    expect(failed).toMatchObject({ state: 'FAILED', reason: expect.stringMatching(reason), hint: expect.any(String) })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^one /)])
    const { instances, state } = await person.service('hello')
    expect(state).toBe('RUNNING')
    expect(instances).toHaveLength(1)
  })

  test('of two at once the later wins, and the earlier says that it was superseded', async () => {
    await person.live('hello', httpService('one'))
    const earlier = await person.deploy('hello', httpService('two'))
    await waitFor('it has begun', async () => (await person.deployment(earlier)).state !== 'QUEUED')
    const later = await person.deploy('hello', httpService('three'))
    expect(await person.ended(earlier)).toMatchObject({
      state: 'SUPERSEDED',
      reason: expect.stringMatching(/begun before this one had ended/),
    })
    expect(await person.ended(later)).toMatchObject({ state: 'LIVE' })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^three /)])
  })

  test('that is canceled while its service starts leaves nothing of it', async () => {
    await person.live('hello', httpService('one'))
    const id = await person.deploy('hello', node('setInterval(() => {}, 1000)'))
    await waitFor('it starts', async () => (await person.service('hello')).instances.length === 2)
    const { ctx, scope } = person
    await cancelDeployment({ ctx, input: { ...scope, id } })
    await waitFor('its instance is gone', async () => (await person.service('hello')).instances.length === 1)
    expect(await person.deployment(id)).toMatchObject({ state: 'CANCELED', reason: expect.stringMatching(/^Canceled by /) })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^one /)])
  })

  test('gives the service its variables, and keeps them for the next one', async () => {
    const code =
      'require("node:http").createServer((_, r) => r.end([process.env.SECRET, process.env.MICRO_SERVICE, process.env.MICRO_RELEASE].join(" "))).listen(process.env.PORT, "127.0.0.1")'
    await person.live('hello', node(code), { env: { SECRET: 'a value' } })
    await person.live('hello', node(`${code}\n`))
    expect(await person.answers('hello')).toEqual(['a value hello v2'])
  })
})
