import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readLogs } from '../control/logs/list.ts'
import { pruneLogs } from '../control/logs/prune.ts'
import { deleteNamespace } from '../control/namespaces/delete.ts'
import { restart } from '../control/releases/redeploy.ts'
import { reportRoutes } from '../control/routes/report.ts'
import { deleteService } from '../control/services/delete.ts'
import { scale } from '../control/services/scale.ts'
import { newId } from '../lib/ids.ts'
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
  await person.live('hello', httpService('one'))
})
afterAll(async () => {
  await worker.stop()
  await platform.close()
})

/** What its instances answer is their process ids. */
const pids = async () => (await person.answers('hello').catch(() => [])).map((answer) => Number(answer.split(' ')[1]))

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // there is none
  }
}

async function scaleTo(instances: number): Promise<void> {
  await scale({ ctx: person.ctx, input: { ...person.scope, service: 'hello', instances } })
  await waitFor(`${instances} instances`, async () => {
    const service = await person.service('hello')
    return service.instancesReady === instances && service.instances.length === instances
  })
}

describe('the reconciler', { timeout: 90_000 }, () => {
  test('starts an instance again that was killed, and notes how it ended', async () => {
    const [pid = 0] = await pids()
    process.kill(pid, 'SIGKILL')
    const [next] = await waitFor('another process answers', async () => {
      const found = await pids()
      return found.length > 0 && found[0] !== pid && found
    })
    expect(next).not.toBe(pid)
    expect(await person.service('hello')).toMatchObject({ state: 'RUNNING', instances: [{ restarts: 1 }] })
  })

  test('starts and stops as many as are wanted, none included', async () => {
    await scaleTo(3)
    const three = await pids()
    expect(new Set(three).size).toBe(3)
    await scaleTo(1)
    const [kept] = await pids()
    await waitFor('the others have ended', () => three.filter(isRunning).length === 1)
    expect(three).toContain(kept)
    await scaleTo(0)
    expect(await person.service('hello')).toMatchObject({ state: 'STOPPED' })
    await waitFor('the last has ended', () => !three.some(isRunning))
    await scaleTo(2)
    expect(new Set(await pids()).size).toBe(2)
  })

  test('brings up a row whose instance is not there', async () => {
    const { db } = platform.ctx
    const { id: serviceId, namespaceId, liveRelease } = await person.service('hello')
    if (!liveRelease) throw new Error('nothing is live')
    await scaleTo(1)
    const ids = { serviceId, namespaceId, releaseId: liveRelease.id, deploymentId: liveRelease.deploymentId }
    await db.instance.create({ data: { ...ids, id: newId('ins') } })
    await db.service.update({ where: { id: serviceId }, data: { instancesWanted: 2 } })
    // Nobody is told: it is found at the next look.
    await waitFor('two answer', async () => new Set(await pids()).size === 2, 30_000)
  })

  test('removes an instance that no row knows', async () => {
    const [pid = 0] = await pids()
    const { instances } = await person.service('hello')
    await platform.ctx.db.instance.deleteMany({ where: { id: { in: instances.map(({ id }) => id) } } })
    await waitFor('it has ended', () => !isRunning(pid), 30_000)
    await waitFor('another answers', async () => (await pids()).length === 1, 30_000)
  })

  test('stops an old instance only when no router has a request on it any more', async () => {
    const router = platform.as({ kind: 'router' })
    const [pid = 0] = await pids()
    const { instances } = await person.service('hello')
    const old = instances[0]?.id ?? ''
    const version = async () => (await platform.ctx.db.routeClock.findUniqueOrThrow({ where: { id: 1 } })).version
    const report = async (requests: number) =>
      reportRoutes({ ctx: router, input: { routerId: 'router', version: await version(), inFlight: { [old]: requests } } })
    await report(1)
    const id = await person.deploy('hello', httpService('two'))
    await waitFor('it drains', async () => {
      await report(1)
      return (await person.service('hello')).instances.some((row) => row.id === old && row.state === 'DRAINING')
    })
    expect(await person.ended(id)).toMatchObject({ state: 'LIVE' })
    for (let look = 0; look < 5; look++) {
      await report(1)
      expect(isRunning(pid)).toBe(true)
    }
    await report(0)
    await waitFor('it has ended', () => !isRunning(pid))
    await platform.ctx.db.router.deleteMany()
  })

  test('keeps trying a service that crashes, ever less often, and says so', async () => {
    const crashing = `require('node:http').createServer((q, r) => { r.end('x 0'); if (q.url === '/crash') process.exit(3) }).listen(process.env.PORT, '127.0.0.1')`
    await person.live('hello', { Procfile: 'web: node server.js\n', 'server.js': crashing })
    const { instances, liveReleaseId } = await person.service('hello')
    const instance = instances.find(({ releaseId }) => releaseId === liveReleaseId)
    const crash = () => fetch(`http://${instance?.host}:${instance?.port}/crash`).catch(() => undefined)
    await crash()
    const down = await waitFor('it is down', async () => {
      const service = await person.service('hello')
      return service.instancesReady === 0 && service
    })
    expect(down).toMatchObject({ state: 'FAILED', stateDetail: expect.stringMatching(/exited with code 3|being started/) })
    await waitFor('it is up again', async () => (await person.service('hello')).state === 'RUNNING')
  })

  test('does not wait for the health of what is to be deleted', async () => {
    const secondTimeHangs = `
      const { existsSync, writeFileSync } = require('node:fs')
      const marker = process.env.HOME + '/was-here'
      if (existsSync(marker)) console.log('hangs') || setInterval(() => {}, 1000)
      else writeFileSync(marker, '') || require('node:http').createServer((_, answer) => answer.end('one ' + process.pid)).listen(process.env.PORT)`
    const { ctx, scope } = person
    await person.live(
      'hello',
      { Procfile: 'web: node server.js\n', 'server.js': secondTimeHangs },
      { options: { startTimeoutMs: 120_000 } },
    )
    const [pid = 0] = await pids()
    process.kill(pid, 'SIGKILL')
    const lines = () => readLogs({ ctx, input: { ...scope, service: 'hello' } })
    await waitFor('it hangs', async () => (await lines()).some(({ text }) => text === 'hangs'), 30_000)
    const { id } = await person.service('hello')
    await deleteService({ ctx, input: { ...scope, service: 'hello' } })
    await waitFor('nothing of it is left', async () => !(await platform.ctx.db.service.findUnique({ where: { id } })), 30_000)
  })

  test('deletes what is stopped: a service with all that is its, and then a namespace', async () => {
    const { db } = platform.ctx
    const [pid = 0] = await pids()
    const { id: serviceId, namespaceId } = await person.service('hello')
    await waitFor('its output is stored', async () => (await db.logChunk.count({ where: { serviceId, deploymentId: null } })) > 0)
    await deleteService({ ctx: person.ctx, input: { ...person.scope, service: 'hello' } })
    await expect(person.service('hello')).rejects.toMatchObject({ code: 'not_found' })
    expect(await person.live('hello', httpService('two'))).toMatchObject({ state: 'LIVE', release: { version: 1 } })
    await waitFor('the rows are gone', async () => (await db.service.count({ where: { id: serviceId } })) === 0)
    expect(isRunning(pid)).toBe(false)
    // What it printed at the very end may come after the rows were deleted.
    await waitFor('its output is gone', async () => {
      await pruneLogs(platform.ctx)
      return (await db.logChunk.count({ where: { serviceId } })) === 0
    })
    await deleteNamespace({ ctx: person.ctx, input: person.scope })
    await waitFor('the namespace is gone', async () => (await db.namespace.count({ where: { id: namespaceId } })) === 0, 30_000)
    expect(await db.source.count({ where: { namespaceId } })).toBe(0)
  })

  test('does not wait for itself when everything happens to a service at once', async () => {
    const { ctx, scope } = person
    const input = { ...scope, service: 'hello' }
    const results: unknown[] = []
    for (let round = 0; round < 4; round++) {
      const [first = 0] = await pids()
      if (first) process.kill(first, 'SIGKILL')
      const work = [
        scale({ ctx, input: { ...input, instances: 1 + (round % 3) } }),
        restart({ ctx, input }),
        person.deploy('hello', httpService(`round${round}`)),
        restart({ ctx, input }),
      ]
      results.push(...(await Promise.allSettled(work)).flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])))
    }
    expect(results).toEqual([])
    const { lastDeployment } = await person.service('hello')
    expect(await person.ended(lastDeployment?.id ?? '')).toMatchObject({ state: 'LIVE' })
    await waitFor('all that are wanted run, and no others', async () => {
      const { instances, instancesReady, instancesWanted } = await person.service('hello')
      return instancesReady === instancesWanted && instances.length === instancesWanted
    })
    const internal = await platform.ctx.db.deployment.findMany({ where: { reason: { contains: 'Something went wrong' } } })
    expect(internal).toEqual([])
  })
})
