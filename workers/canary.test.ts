import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cancelDeployment } from '../control/deployments/cancel.ts'
import { reportTraffic } from '../control/routes/report-traffic.ts'
import { watchRoutes } from '../control/routes/watch.ts'
import { deploysOf, httpService } from '../testing/deploys.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { spawnWorker, startWorker, type TestWorker } from '../testing/worker.ts'

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

const canary = (canaryMs: number) => ({ options: { canaryPercent: 20, canaryMs } })
const routerCtx = () => ({ ...platform.ctx, actor: { kind: 'router' as const } })
let sequence = 0n

/** As a router tells it. */
async function tell(release: number, requests: number, errors: number): Promise<void> {
  const counted = { namespace: person.scope.namespace, service: 'hello', release }
  const latencyBuckets = [0n, 0n, BigInt(requests)]
  const releases = [{ ...counted, requests: BigInt(requests), errors: BigInt(errors), latencyBuckets }]
  await reportTraffic({ ctx: routerCtx(), input: { routerId: 'rtr_test', sequence: ++sequence, releases } })
}

async function routed() {
  const controller = new AbortController()
  const all = watchRoutes({ ctx: { ...routerCtx(), signal: controller.signal }, input: { routerId: 'rtr_other', version: 0n } })
  for await (const { routes } of all) {
    const route = routes.find(({ name, namespace }) => name === 'hello' && namespace.name === person.scope.namespace)
    controller.abort()
    return { canary: route?.canary, live: route?.liveRelease?.version }
  }
  throw new Error('There is no table.')
}

const begun = async (files: ReturnType<typeof httpService>, ms: number) => {
  const id = await person.deploy('hello', files, canary(ms))
  await waitFor('the canary answers', async () => (await person.deployment(id)).state === 'CANARY', 30_000)
  return id
}
const statesOf = async () => (await person.service('hello')).instances.map(({ state, release }) => `v${release.version} ${state}`).sort()

describe('a canary', { timeout: 90_000 }, () => {
  test('gets its share of the requests beside the live release, and then all', async () => {
    await person.live('hello', httpService('one'))
    const id = await begun(httpService('two'), 2_000)
    expect(await routed()).toMatchObject({ live: 1, canary: { id, percent: 20, release: 2, instances: [{ state: 'READY' }] } })
    await tell(1, 100, 0)
    await tell(2, 25, 0)
    expect(await person.ended(id)).toMatchObject({ state: 'LIVE' })
    expect(await routed()).toMatchObject({ live: 2, canary: undefined })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^two /)])
  })

  test('that fails more often is taken back at once, and the reason has the figures', async () => {
    await person.live('hello', httpService('one'))
    await tell(1, 500, 400) // before it began: not compared
    const id = await begun(httpService('two'), 600_000)
    await tell(1, 100, 0)
    await tell(2, 25, 12)
    expect(await person.ended(id)).toMatchObject({
      state: 'FAILED',
      reason: expect.stringMatching(/^The canary v2 was worse than v1: 12 of 25 requests \(48\.0 %\) failed, .* 0 of 100/),
      hint: expect.stringContaining('v1'),
    })
    await waitFor('its instances are gone', async () => (await statesOf()).join() === 'v1 READY')
    expect(await routed()).toMatchObject({ live: 1, canary: undefined })
  })

  test('whose instance ends is taken back, and says why', async () => {
    await person.live('hello', httpService('one'))
    const dying = `require('node:http').createServer((q, r) => process.exit(9)).listen(process.env.PORT, '127.0.0.1')\n`
    const id = await begun({ Procfile: 'web: node server.js\n', 'server.js': dying }, 600_000)
    const [instance] = (await routed()).canary?.instances ?? []
    await fetch(`http://${instance?.host}:${instance?.port}/`).catch(() => undefined) // it dies of it
    expect(await person.ended(id)).toMatchObject({ state: 'FAILED', reason: expect.stringMatching(/exited with code 9/) })
    await waitFor('its instances are gone', async () => (await statesOf()).join() === 'v1 READY')
  })

  test('that is canceled, or overtaken by the next deploy, leaves the live release with all requests', async () => {
    await person.live('hello', httpService('one'))
    const { ctx, scope } = person
    const canceled = await begun(httpService('two'), 600_000)
    await cancelDeployment({ ctx, input: { ...scope, id: canceled } })
    await waitFor('its instances are gone', async () => (await statesOf()).join() === 'v1 READY')
    expect(await routed()).toMatchObject({ live: 1, canary: undefined })
    const overtaken = await begun(httpService('three'), 600_000)
    const last = await person.live('hello', httpService('four'), { options: { canaryPercent: 0 } })
    expect(await person.deployment(overtaken)).toMatchObject({ state: 'SUPERSEDED' })
    expect(last).toMatchObject({ state: 'LIVE' })
    await waitFor('only it is left', async () => (await statesOf()).join() === `v${last.release?.version} READY`)
  })

  test('is not made of the first release, nor of a rollback', async () => {
    expect(await person.live('hello', httpService('one'), canary(600_000))).toMatchObject({ state: 'LIVE', canaryStartedAt: null })
  })

  test('goes on where it was when its worker is killed', async () => {
    await person.live('hello', httpService('one'))
    await worker.stop()
    const other = await spawnWorker(platform)
    const id = await begun(httpService('two'), 6_000)
    const { canaryStartedAt } = await person.deployment(id)
    await other.kill()
    worker = await startWorker(platform)
    const ended = await person.ended(id)
    expect(ended).toMatchObject({ state: 'LIVE', canaryStartedAt })
  })

  test('a report of a router that comes twice counts once', async () => {
    await person.live('hello', httpService('one'))
    const release = async () =>
      person.ctx.db.releaseTraffic.findFirst({ where: { release: { service: { namespace: { name: person.scope.namespace } } } } })
    const router = { ctx: routerCtx() }
    const report = { routerId: 'rtr_twice', version: 1n, inFlight: {} }
    const { reportRoutes } = await import('../control/routes/report.ts')
    await reportRoutes({ ...router, input: report })
    const releases = [{ namespace: person.scope.namespace, service: 'hello', release: 1, requests: 5n, errors: 1n, latencyBuckets: [5n] }]
    for (const sequence of [1n, 1n, 2n]) await reportTraffic({ ...router, input: { routerId: 'rtr_twice', sequence, releases } })
    expect(await release()).toMatchObject({ requests: 10n, errors: 2n, latencyBuckets: [10n] })
  })
})
