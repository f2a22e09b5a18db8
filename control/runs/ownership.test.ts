import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Run } from '../../gen/prisma/client.ts'
import { newId } from '../../lib/ids.ts'
import { createTestPlatform, type TestPlatform } from '../../testing/platform.ts'
import { createDeploymentRow, createService, createTenant, type Tenant } from '../../testing/tenant.ts'
import type { WorkerContext } from '../worker.ts'
import { reconcileRun } from './reconcile-run.ts'

/** A row is only as good as what it names: 4-security, line 5. */
let platform: TestPlatform
let tenant: Tenant
let other: Tenant

beforeAll(async () => {
  platform = await createTestPlatform()
  tenant = await createTenant(platform)
  other = await createTenant(platform)
})
afterAll(() => platform.close())

async function createRun(changes: Partial<Run> = {}): Promise<string> {
  const ids = { namespaceId: tenant.namespace.id, serviceId: tenant.serviceId, releaseId: tenant.release }
  const data = { ...ids, kind: 'JOB' as const, timeoutMs: 1_000, ...changes, id: newId('run'), command: ['true'] }
  return (await platform.ctx.db.run.create({ data })).id
}

/** Looks at it with a worker of which nothing may be used. */
async function look(id: string): Promise<Run | null> {
  const worker = new Proxy({} as WorkerContext['worker'], {
    get: (_, part) => {
      throw new Error(`reached for the worker's ${String(part)}`)
    },
  })
  await reconcileRun({ ...platform.ctx, worker }, id, () => Promise.reject(new Error('read output')))
  return platform.ctx.db.run.findUnique({ where: { id } })
}

test('nothing is done for an id that nobody knows', async () => {
  expect(await look(newId('run'))).toBeNull()
})

test.each(['SUCCEEDED', 'FAILED', 'CANCELED', 'TIMED_OUT', 'SKIPPED'] as const)('nothing is done for a run that is %s', async (state) => {
  expect(await look(await createRun({ state }))).toMatchObject({ state, endedAt: null })
})

test.each(['QUEUED', 'RUNNING'] as const)('nothing is done with what is of somebody else, when it is %s', async (state) => {
  const { release } = await createService(platform, tenant.namespace, `neighbour-${state.toLowerCase()}`)
  const strange = [
    { releaseId: release.id },
    { releaseId: other.release },
    { releaseId: other.release, serviceId: other.serviceId },
    { namespaceId: other.namespace.id },
  ]
  for (const changes of strange) expect(await look(await createRun({ state, ...changes }))).toMatchObject({ state, startedAt: null })
})

test('a command of a deleted service is not begun', async () => {
  const { service, release } = await createService(platform, tenant.namespace, 'gone')
  await platform.ctx.db.service.update({ where: { id: service.id }, data: { deletedAt: new Date() } })
  expect(await look(await createRun({ serviceId: service.id, releaseId: release.id }))).toMatchObject({ state: 'CANCELED' })
})

test('a release command is begun for a deployment that waits for it only', async () => {
  const { service, release } = await createService(platform, tenant.namespace, 'releasing')
  for (const state of ['STARTING', 'LIVE', 'SUPERSEDED', 'CANCELED'] as const) {
    const { id: deploymentId } = await createDeploymentRow(platform, service, { state })
    const run = await createRun({ serviceId: service.id, releaseId: release.id, kind: 'RELEASE', deploymentId })
    expect(await look(run)).toMatchObject({ state: 'CANCELED', startedAt: null })
  }
})
