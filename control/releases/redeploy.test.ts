import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestPlatform, type TestPlatform } from '../../testing/platform.ts'
import { createDeploymentRow, createService, createTenant, type Tenant } from '../../testing/tenant.ts'
import { cancelDeployment } from '../deployments/cancel.ts'
import { updateService } from '../deployments/update.ts'
import { createNamespace } from '../namespaces/create.ts'
import { listNamespaces } from '../namespaces/list.ts'
import { deleteService } from '../services/delete.ts'
import { getService } from '../services/get.ts'
import { listServices } from '../services/list.ts'
import { scale } from '../services/scale.ts'
import { listReleases } from './list.ts'
import { restart, rollback } from './redeploy.ts'

let platform: TestPlatform
let tenant: Tenant
let hello: { namespace: string; service: string }

beforeAll(async () => {
  platform = await createTestPlatform()
})
beforeEach(async () => {
  tenant = await createTenant(platform)
  hello = { namespace: tenant.namespace.name, service: 'hello' }
})
afterAll(() => platform.close())

const ctx = () => tenant.members.DEVELOPER.ctx
const jobOf = (id: string) => platform.ctx.db.outbox.findFirst({ where: { key: { endsWith: id } } })
const stateOf = async (id: string) => (await platform.ctx.db.deployment.findUnique({ where: { id } }))?.state

describe('a rollback', () => {
  test('goes to the release that was live before, without a build, and supersedes what is under way', async () => {
    const deployment = await rollback({ ctx: ctx(), input: hello })
    expect(deployment).toMatchObject({ trigger: 'rollback', state: 'QUEUED', creator: tenant.members.DEVELOPER.username })
    const [, first] = await listReleases({ ctx: ctx(), input: hello })
    expect(deployment.releaseId).toBe(first?.id)
    expect(await jobOf(deployment.id)).toMatchObject({ job: 'rollout', payload: { deploymentId: deployment.id } })
    expect(await stateOf(tenant.deployment)).toBe('SUPERSEDED')
  })

  test('goes to the release that is named', async () => {
    const [, first] = await listReleases({ ctx: ctx(), input: hello })
    expect(await rollback({ ctx: ctx(), input: { ...hello, version: 1 } })).toMatchObject({ releaseId: first?.id })
  })

  test.each([
    ['a release that there is not', { version: 9 }, { code: 'not_found', message: 'There is no release v9 of hello.' }],
    ['the live release', { version: 2 }, { code: 'failed_precondition', details: { reason: 'ALREADY_LIVE' } }],
    ['a number that is none', { version: 0 }, { code: 'invalid_argument', details: { field: 'version' } }],
  ])('to %s is refused', async (_, version, error) => {
    await expect(rollback({ ctx: ctx(), input: { ...hello, ...version } })).rejects.toMatchObject(error)
    expect(await stateOf(tenant.deployment)).toBe('QUEUED')
  })

  test('is refused when no other release was ever live', async () => {
    const { db } = platform.ctx
    await db.deployment.updateMany({
      where: { serviceId: tenant.serviceId, releaseId: { not: tenant.release } },
      data: { state: 'FAILED' },
    })
    await expect(rollback({ ctx: ctx(), input: hello })).rejects.toMatchObject({
      code: 'failed_precondition',
      details: { reason: 'NO_EARLIER_RELEASE' },
    })
  })
})

describe('a restart', () => {
  test('deploys the live release again, and wakes a service that is stopped', async () => {
    await scale({ ctx: ctx(), input: { ...hello, instances: 0 } })
    const deployment = await restart({ ctx: ctx(), input: hello })
    expect(deployment).toMatchObject({ trigger: 'restart', releaseId: tenant.release })
    expect(await getService({ ctx: ctx(), input: hello })).toMatchObject({ instancesWanted: 1 })
  })

  test('is refused when nothing is live, as scaling is', async () => {
    await platform.ctx.db.service.update({ where: { id: tenant.serviceId }, data: { liveReleaseId: null } })
    await expect(restart({ ctx: ctx(), input: hello })).rejects.toMatchObject({ code: 'failed_precondition' })
    await expect(scale({ ctx: ctx(), input: { ...hello, instances: 2 } })).rejects.toMatchObject({ code: 'failed_precondition' })
  })
})

describe('scaling', () => {
  test.each([-1, 11, 1.5, Number.NaN])('to %d is refused', async (instances) => {
    await expect(scale({ ctx: ctx(), input: { ...hello, instances } })).rejects.toMatchObject({
      code: 'invalid_argument',
      details: { field: 'instances' },
    })
  })

  test('says what is wanted at once, and what is there', async () => {
    expect(await scale({ ctx: ctx(), input: { ...hello, instances: 3 } })).toMatchObject({
      instancesWanted: 3,
      instancesReady: 1,
      state: 'DEGRADED',
    })
    expect(await scale({ ctx: ctx(), input: { ...hello, instances: 0 } })).toMatchObject({ instancesWanted: 0, state: 'STOPPED' })
  })
})

describe('cancelling', () => {
  test('ends what has not ended, once', async () => {
    const input = { namespace: hello.namespace, id: tenant.deployment }
    expect(await cancelDeployment({ ctx: ctx(), input })).toMatchObject({
      state: 'CANCELED',
      reason: `Canceled by ${tenant.members.DEVELOPER.username}.`,
    })
    await expect(cancelDeployment({ ctx: ctx(), input })).rejects.toMatchObject({
      code: 'failed_precondition',
      details: { reason: 'DEPLOYMENT_ENDED' },
    })
  })

  test('and finishing at the same time have one winner', async () => {
    const input = { namespace: hello.namespace, id: tenant.deployment }
    const finish = platform.ctx.db.deployment.updateMany({ where: { id: tenant.deployment, state: 'QUEUED' }, data: { state: 'LIVE' } })
    const [canceled, finished] = await Promise.allSettled([cancelDeployment({ ctx: ctx(), input }), finish])
    const count = finished.status === 'fulfilled' ? finished.value.count : -1
    expect(canceled.status === 'fulfilled' ? 1 : 0).toBe(1 - count)
  })
})

describe('deleting a service', () => {
  test('cancels what is under way, and frees its name at once', async () => {
    await deleteService({ ctx: ctx(), input: hello })
    expect(await stateOf(tenant.deployment)).toBe('CANCELED')
    expect(await listServices({ ctx: ctx(), input: hello })).toEqual([])
    for (const verb of [restart, rollback, updateService, deleteService])
      await expect(verb({ ctx: ctx(), input: hello })).rejects.toMatchObject({ code: 'not_found' })
  })

  test('is found without case and hyphens, and says what there is when it is not', async () => {
    const input = { ...hello, service: 'none' }
    await expect(deleteService({ ctx: ctx(), input })).rejects.toMatchObject({ code: 'not_found', details: { hint: 'There is: hello.' } })
    await createService(platform, tenant.namespace, 'another')
    await expect(deleteService({ ctx: ctx(), input })).rejects.toMatchObject({ details: { hint: 'There are: another, hello.' } })
    expect(await deleteService({ ctx: ctx(), input: { ...hello, service: 'HEL-lo' } })).toBe(true)
  })
})

test('an update of what was uploaded is refused: only the machine that has it can upload it', async () => {
  const { db } = platform.ctx
  const service = await db.service.findUniqueOrThrow({ where: { id: tenant.serviceId } })
  const { sourceId } = await createDeploymentRow(platform, service, { state: 'LIVE' })
  await db.source.update({ where: { id: sourceId ?? '' }, data: { content: { kind: 'local', files: [] } } })
  await expect(updateService({ ctx: ctx(), input: hello })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(/uploaded from a directory/),
  })
})

test('a person owns twenty namespaces at most, also when many are created at once', async () => {
  const user = await platform.createUser()
  const results = await Promise.allSettled(Array.from({ length: 24 }, () => createNamespace({ ctx: user.ctx, input: {} })))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(20)
  for (const result of results)
    if (result.status === 'rejected')
      expect(result.reason).toMatchObject({ code: 'failed_precondition', details: { reason: 'LIMIT_REACHED' } })
  expect(await listNamespaces({ ctx: user.ctx, input: {} })).toHaveLength(20)
})
