import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { getSweep } from '../control/disk/get.ts'
import { requestSweep } from '../control/disk/request.ts'
import { sweepView } from '../control/disk/view.ts'
import { rollback } from '../control/releases/redeploy.ts'
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
  await platform.ctx.db.user.update({ where: { id: owner.id }, data: { operator: true } })
  person = deploysOf(owner, await platform.createNamespace(owner))
})
afterAll(async () => {
  await worker.stop()
  await platform.close()
})

const namespaceId = async () => (await platform.ctx.db.namespace.findUniqueOrThrow({ where: { name: person.scope.namespace } })).id

async function sweep(input: { dryRun?: boolean; caches?: boolean; keepReleases?: number }) {
  const { ctx } = person
  const { id } = await requestSweep({ ctx, input })
  await waitFor('the sweep has ended', async () => (await getSweep({ ctx, input: { id } })).endedAt !== null)
  const view = sweepView(await getSweep({ ctx, input: { id } }))
  return { ...view, freed: Object.fromEntries(view.places.map(({ name, freedBytes }) => [name, freedBytes])) }
}

/** Makes all that was built and uploaded look as if it had lain there for two days. */
async function age(): Promise<void> {
  const then = new Date(Date.now() - 48 * 3_600_000)
  for (const folder of ['artifacts', 'blobs']) {
    const below = join(platform.dataDirectory, folder, await namespaceId())
    for (const entry of await readdir(below, { recursive: folder === 'blobs' })) await utimes(join(below, entry), then, then)
  }
}

const artifacts = async () => (await readdir(join(platform.dataDirectory, 'artifacts', await namespaceId()))).length

describe('a sweep of the disk', { timeout: 90_000 }, () => {
  test('removes artifacts and uploads of releases that are no longer kept, and nobody goes back to those', async () => {
    for (const text of ['one', 'two', 'three', 'four']) await person.live('hello', httpService(text))
    await waitFor('the old instances are gone', async () => (await person.service('hello')).instances.length === 1)
    await age()
    expect(await artifacts()).toBe(4)

    const counted = await sweep({ dryRun: true, keepReleases: 1 })
    expect(counted.freed.artifacts).toBeGreaterThan(0)
    expect(counted.freeBytes).toBeGreaterThan(0)
    expect(await artifacts()).toBe(4)

    const done = await sweep({ keepReleases: 1 })
    expect(done.freed.artifacts).toBe(counted.freed.artifacts)
    expect(done.freed.uploads).toBe(counted.freed.uploads)
    expect(done.freed.uploads).toBeGreaterThan(0)
    expect(await artifacts()).toBe(2)

    const { ctx, scope } = person
    await expect(rollback({ ctx, input: { ...scope, service: 'hello', version: 1 } })).rejects.toMatchObject({
      code: 'failed_precondition',
      details: { reason: 'RELEASE_SWEPT' },
    })
    const back = await rollback({ ctx, input: { ...scope, service: 'hello' } })
    expect(await person.ended(back.id)).toMatchObject({ state: 'LIVE', release: { version: 3 } })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^three /)])
    // What was removed is uploaded and built again.
    expect(await person.live('hello', httpService('one'))).toMatchObject({ state: 'LIVE' })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^one /)])
  })

  test('touches nothing that is young, that runs, or that another service needs', async () => {
    await person.live('hello', httpService('one'))
    await person.live('hello', httpService('two'))
    await sweep({ keepReleases: 0 })
    expect(await artifacts()).toBe(2)
    await person.live('other', httpService('two'))
    await waitFor('the old instances are gone', async () => (await person.service('hello')).instances.length === 1)
    await age()
    await sweep({ keepReleases: 0, caches: true })
    expect(await artifacts()).toBe(1)
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^two /)])
    await worker.stop()
    worker = await startWorker(platform)
    for (const name of ['hello', 'other'])
      await waitFor(`${name} is back`, async () => (await person.service(name)).instancesReady === 1, 30_000)
  })

  test('one that a worker was killed in is done by the next', async () => {
    const { ctx } = person
    const { id } = await ctx.db.diskSweep.create({
      data: { id: 'swp_left', requestedBy: 'x', dryRun: true, keepReleases: 1, caches: false, state: 'RUNNING' },
    })
    await worker.stop()
    worker = await startWorker(platform)
    await waitFor('it is done', async () => (await getSweep({ ctx, input: { id } })).state === 'DONE')
  })
})
