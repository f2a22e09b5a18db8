import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WorkerContext } from '../control/worker.ts'
import { newId } from '../lib/ids.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { fingerprint } from '../testing/policy/fingerprint.ts'
import { createDeploymentRow, createService, createTenant, type Tenant } from '../testing/tenant.ts'
import { catalog, type JobName, jobNames } from './catalog.ts'

/** A payload is an id and proves nothing: 4-security, line 5. */
let platform: TestPlatform
let tenant: Tenant
let other: Tenant

beforeAll(async () => {
  platform = await createTestPlatform()
  tenant = await createTenant(platform)
  other = await createTenant(platform)
})
afterAll(() => platform.close())

/** Runs a job with a worker of which nothing but its directory may be used. */
async function run(job: JobName, deploymentId: string): Promise<void> {
  const worker = new Proxy({ workDirectory: platform.dataDirectory } as WorkerContext['worker'], {
    get: ({ workDirectory }, part) => {
      if (part === 'workDirectory') return workDirectory
      throw new Error(`${job} reached for the worker's ${String(part)}`)
    },
  })
  await catalog[job].run({ ...platform.ctx, worker }, catalog[job].schema.parse({ deploymentId }))
}

async function doesNothing(job: JobName, deploymentId: string): Promise<void> {
  const before = await fingerprint(platform.ctx.db)
  await run(job, deploymentId)
  expect(await fingerprint(platform.ctx.db)).toEqual(before)
}

test.each(jobNames)('%s refuses a payload that is not an id', (job) => {
  for (const payload of [undefined, {}, 'dep_1', { deploymentId: 1 }, { deploymentId: { contains: '' } }])
    expect(catalog[job].schema.safeParse(payload).success).toBe(false)
})

test.each(jobNames)('%s does nothing for an id that nobody knows', (job) => doesNothing(job, newId('dep')))

test.each(jobNames)('%s does nothing for a deployment that has ended', async (job) => {
  const { db } = platform.ctx
  const service = await db.service.findUniqueOrThrow({ where: { id: tenant.serviceId } })
  for (const state of ['LIVE', 'FAILED', 'SUPERSEDED', 'CANCELED'] as const) {
    const { id } = await createDeploymentRow(platform, service, { state })
    if (job === 'rollout') await db.deployment.update({ where: { id }, data: { releaseId: tenant.release } })
    await doesNothing(job, id)
  }
})

test.each(jobNames)('%s does nothing for a deployment of a deleted service', async (job) => {
  const { service, release } = await createService(platform, tenant.namespace, `gone-${job}`)
  const { id } = await createDeploymentRow(platform, service, { state: 'QUEUED' })
  if (job === 'rollout') await platform.ctx.db.deployment.update({ where: { id }, data: { releaseId: release.id } })
  await platform.ctx.db.service.update({ where: { id: service.id }, data: { deletedAt: new Date() } })
  await doesNothing(job, id)
})

test('build does nothing for a deployment that has a release already', async () => {
  await platform.ctx.db.deployment.update({ where: { id: other.deployment }, data: { releaseId: other.release } })
  await doesNothing('build', other.deployment)
})

test('build does nothing for a deployment whose service is another namespace’s', async () => {
  const { id } = await createDeploymentRow(
    platform,
    { id: other.serviceId, namespaceId: tenant.namespace.id, name: 'hello' },
    { state: 'QUEUED' },
  )
  await doesNothing('build', id)
})

test('build fetches nothing of a source that is another namespace’s, and says that it failed', async () => {
  const { db } = platform.ctx
  const { service } = await createService(platform, tenant.namespace, 'borrowed')
  const { id } = await createDeploymentRow(platform, service, { state: 'QUEUED' })
  const theirs = await db.source.findFirstOrThrow({ where: { namespaceId: other.namespace.id } })
  await db.deployment.update({ where: { id }, data: { sourceId: theirs.id } })
  await run('build', id)
  expect(await db.deployment.findUnique({ where: { id } })).toMatchObject({ state: 'FAILED', releaseId: null })
})

test.each([
  ['another service', () => createService(platform, tenant.namespace, 'neighbour')],
  ['another namespace', () => createService(platform, other.namespace, 'foreign')],
])('rollout does nothing with a release of %s', async (_, create) => {
  const { release } = await create()
  const service = await platform.ctx.db.service.findUniqueOrThrow({ where: { id: tenant.serviceId } })
  const { id } = await createDeploymentRow(platform, service, { state: 'STARTING' })
  await platform.ctx.db.deployment.update({ where: { id }, data: { releaseId: release.id } })
  await doesNothing('rollout', id)
})

test('rollout does nothing without a release', () => doesNothing('rollout', tenant.deployment))
