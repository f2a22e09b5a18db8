import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Namespace } from '../../gen/prisma/client.ts'
import { createTestPlatform, type TestPlatform, type TestUser } from '../../testing/platform.ts'
import { createDeploymentRow, createReleaseRow, createService } from '../../testing/tenant.ts'
import { waitFor } from '../../testing/wait-for.ts'
import { deleteService } from '../services/delete.ts'
import { applyEnvVars } from './apply.ts'
import { listEnvVars } from './list.ts'
import { revealEnvVar } from './reveal.ts'
import { setEnvVars } from './set.ts'
import { openSnapshot, sourceEnvOf } from './snapshot.ts'
import { unsetEnvVars } from './unset.ts'
import type { EnvVarInput } from './variable.ts'

let platform: TestPlatform
let owner: TestUser
let namespace: Namespace

beforeAll(async () => {
  platform = await createTestPlatform()
})
beforeEach(async () => {
  owner = await platform.createUser()
  namespace = await platform.createNamespace(owner)
})
afterAll(() => platform.close())

const db = () => platform.ctx.db
const scope = (service?: string) => ({ namespace: namespace.name, ...(service ? { service } : {}) })
const secret = { kind: 'SECRET' } as const

const set = (service: string | undefined, variables: Record<string, string | Partial<EnvVarInput>>, deploy = true) => {
  const given = Object.entries(variables).map(([name, value]) => ({ name, value: '', ...(typeof value === 'string' ? { value } : value) }))
  return setEnvVars({ ctx: owner.ctx, input: { ...scope(service), variables: given, deploy } })
}
const unset = (service: string | undefined, ...names: string[]) => unsetEnvVars({ ctx: owner.ctx, input: { ...scope(service), names } })
const list = (service?: string, ctx = owner.ctx) => listEnvVars({ ctx, input: scope(service) })
const reveal = (service: string | undefined, name: string) => revealEnvVar({ ctx: owner.ctx, input: { ...scope(service), name } })
const live = (name: string, env: Record<string, string> = {}) => createService(platform, namespace, name, env)

/** What instances of the release would be given, and what the deployment would do with it. */
async function released(deploymentId: string | undefined) {
  const deployment = await db().deployment.findUniqueOrThrow({ where: { id: deploymentId ?? '' }, include: { release: true } })
  if (!deployment.release) throw new Error('it has no release')
  const job = await db().outbox.findFirst({ where: { key: { endsWith: deployment.id } } })
  const variables = openSnapshot(platform.ctx, deployment.release)
  return {
    deployment,
    release: deployment.release,
    job: job?.job,
    values: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
  }
}

async function goLive(deploymentId: string | undefined) {
  const { release, deployment } = await released(deploymentId)
  await db().deployment.update({ where: { id: deployment.id }, data: { state: 'LIVE' } })
  await db().service.update({ where: { id: release.serviceId }, data: { liveReleaseId: release.id } })
}

describe('a live service', () => {
  test('gets a new release of the same artifact, which is rolled out without a build', async () => {
    const { release } = await live('hello', { FROM: 'source' })
    const { changed, deployments } = await set('hello', { GREETING: 'hi' })
    expect({ changed, count: deployments.length }).toEqual({ changed: ['GREETING'], count: 1 })
    const made = await released(deployments[0]?.id)
    expect(made.deployment).toMatchObject({ trigger: 'env-var', state: 'QUEUED', creator: owner.username, sourceId: expect.any(String) })
    expect(made.release).toMatchObject({ version: 2, artifact: release.artifact, digest: release.digest, creator: owner.username })
    expect(made.job).toBe('rollout')
    expect(made.values).toEqual({ FROM: 'source', GREETING: 'hi' })
  })

  test('is left alone by what changes nothing', async () => {
    await live('hello')
    await goLive((await set('hello', { A: '1', B: { value: '2', ...secret } })).deployments[0]?.id)
    const before = await list('hello')
    expect(await set('hello', { A: '1', B: '2' })).toEqual({ changed: [], deployments: [] })
    expect(await list('hello')).toEqual(before)
    expect((await set('hello', { A: '1', B: '3' })).changed).toEqual(['B'])
  })

  test('keeps its artifact and gets back what lay below when a variable is deleted', async () => {
    await live('hello', { LEVEL: 'info' })
    await set(undefined, { REGION: 'all' }, false)
    await goLive((await set('hello', { LEVEL: 'debug', REGION: 'own' })).deployments[0]?.id)
    const { deployments } = await unset('hello', 'LEVEL', 'REGION')
    expect((await released(deployments[0]?.id)).values).toEqual({ LEVEL: 'info', REGION: 'all' })
  })

  test('is not deployed when that is not wanted; what is pending is applied later', async () => {
    await live('hello')
    expect(await set('hello', { A: '1' }, false)).toEqual({ changed: ['A'], deployments: [] })
    expect(await list('hello')).toMatchObject([{ name: 'A', state: 'PENDING' }])
    const { deployments } = await applyEnvVars({ ctx: owner.ctx, input: scope('hello') })
    expect((await released(deployments[0]?.id)).values).toEqual({ A: '1' })
    await goLive(deployments[0]?.id)
    expect(await list('hello')).toMatchObject([{ name: 'A', state: 'LIVE' }])
    expect(await applyEnvVars({ ctx: owner.ctx, input: scope('hello') })).toEqual({ changed: [], deployments: [] })
  })

  test('does not lose a build that is under way, which gets the variables itself', async () => {
    const { service } = await live('hello')
    const building = await createDeploymentRow(platform, service, { state: 'BUILDING' })
    expect((await set('hello', { A: '1' })).deployments).toMatchObject([{ id: building.id, state: 'BUILDING' }])
    expect((await set('hello', { A: '1' })).deployments).toEqual([])
  })

  test('gets them with the release that is being rolled out, not with the one that is live', async () => {
    const { service } = await live('hello', { FROM: 'live' })
    const next = await createReleaseRow(platform, service, { env: { FROM: 'next' } })
    await db().deployment.update({ where: { id: next.deploymentId }, data: { state: 'STARTING' } })
    const { deployments } = await set('hello', { A: '1' })
    expect((await released(deployments[0]?.id)).values).toEqual({ FROM: 'next', A: '1' })
    expect(await db().deployment.findUnique({ where: { id: next.deploymentId } })).toMatchObject({ state: 'SUPERSEDED' })
  })

  test('has its release command carried out before, with the new variables', async () => {
    const { release } = await live('hello')
    await db().release.update({ where: { id: release.id }, data: { settings: { env: {}, releaseCommand: 'migrate' } } })
    const { deployments } = await set('hello', { A: '1' })
    const made = await released(deployments[0]?.id)
    expect({ state: made.deployment.state, job: made.job }).toEqual({ state: 'RELEASING', job: undefined })
    expect(await db().run.findMany({ where: { deploymentId: made.deployment.id } })).toMatchObject([
      { releaseId: made.release.id, kind: 'RELEASE' },
    ])
  })

  test('gets them with the release that goes live at the same moment', async () => {
    const { service } = await live('hello', { FROM: 'before' })
    const next = await createReleaseRow(platform, service, { env: { FROM: 'after' } })
    const [held, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const switching = db().$transaction(async (tx) => {
      await tx.service.update({ where: { id: service.id }, data: { liveReleaseId: next.id } })
      held.resolve()
      await done.promise
    })
    await held.promise
    const setting = set('hello', { A: '1' })
    const waiting = async () =>
      (await db().$queryRaw<unknown[]>`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
        .length > 0
    await waitFor('the change waits', waiting)
    done.resolve()
    await switching
    const [deployment] = (await setting).deployments
    expect((await released(deployment?.id)).values).toEqual({ FROM: 'after', A: '1' })
  })

  test('loses no variable of several that are set at once', async () => {
    await live('hello')
    const names = ['A', 'B', 'C', 'D']
    const results = await Promise.all(names.map((name) => set('hello', { [name]: '1' })))
    const releases = await Promise.all(results.map(({ deployments }) => released(deployments[0]?.id)))
    const last = releases.toSorted((a, b) => b.release.version - a.release.version)[0]
    expect(Object.keys(last?.values ?? {})).toEqual(names)
    expect(last?.deployment.state).toBe('QUEUED')
    expect(releases.filter(({ deployment }) => deployment.state === 'SUPERSEDED')).toHaveLength(3)
  })
})

describe('variables of the namespace', () => {
  test('go to every live service that has none of its own of that name', async () => {
    await Promise.all([live('one'), live('two'), live('three')])
    await set('two', { REGION: 'own' }, false)
    await goLive((await applyEnvVars({ ctx: owner.ctx, input: scope('two') })).deployments[0]?.id)
    const { deployments } = await set(undefined, { REGION: 'all' })
    const services = await db().service.findMany({ where: { id: { in: deployments.map(({ serviceId }) => serviceId) } } })
    expect(services.map(({ name }) => name).sort()).toEqual(['one', 'three'])
    for (const { id } of deployments) expect((await released(id)).values).toEqual({ REGION: 'all' })
    expect(await list('two')).toMatchObject([{ name: 'REGION', value: 'own', origin: 'SERVICE', state: 'LIVE' }])
    expect(await list()).toMatchObject([{ name: 'REGION', value: 'all', origin: 'NAMESPACE', state: null, updatedBy: owner.username }])
  })

  test('wait for a service that is not live yet, and go with one that is deleted', async () => {
    const { service } = await live('hello')
    await db().service.update({ where: { id: service.id }, data: { liveReleaseId: null } })
    expect(await set('hello', { OWN: '1' })).toEqual({ changed: ['OWN'], deployments: [] })
    expect(await set(undefined, { A: '1' })).toEqual({ changed: ['A'], deployments: [] })
    await deleteService({ ctx: owner.ctx, input: { ...scope(), service: 'hello' } })
    expect(await set(undefined, { A: '2' })).toEqual({ changed: ['A'], deployments: [] })
    await db().service.delete({ where: { id: service.id } })
    expect(await db().envVar.findMany({ where: { namespaceId: namespace.id }, select: { name: true } })).toEqual([{ name: 'A' }])
  })
})

describe('a secret', () => {
  test('is listed by name only, stays a secret until it is deleted, and is revealed on demand', async () => {
    await live('hello')
    await set('hello', { TOKEN: { value: 'first', ...secret } })
    await set('hello', { TOKEN: 'second' })
    expect(await list('hello')).toMatchObject([{ name: 'TOKEN', kind: 'SECRET', delivery: 'VARIABLE', value: null }])
    expect(await reveal('hello', 'TOKEN')).toBe('second')
    const [entry] = await db().auditEntry.findMany({ where: { action: 'envVars.reveal', namespaceId: namespace.id } })
    expect(entry).toMatchObject({ actor: owner.username, target: 'hello TOKEN', before: null, after: null })
  })

  test('delivered as a file is no variable, whoever sets it', async () => {
    await live('hello')
    const { deployments } = await set('hello', { KEY: { value: '-----BEGIN-----\n', delivery: 'FILE' } })
    const { release } = await released(deployments[0]?.id)
    expect(release.variables).toEqual([{ name: 'KEY', kind: 'SECRET', delivery: 'FILE', origin: 'SERVICE' }])
    await expect(set('hello', { KEY: { value: 'x', kind: 'PLAIN' } })).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(set('hello', { NEW: { value: 'x', kind: 'PLAIN', delivery: 'FILE' } })).rejects.toMatchObject({
      message: 'Only secrets are delivered as files.',
    })
  })

  test('is sealed for its own place: one row’s value opens in no other', async () => {
    await live('hello')
    await set('hello', { ONE: { value: 'one', ...secret }, TWO: { value: 'two', ...secret } })
    const [one, two] = await db().envVar.findMany({ where: { namespaceId: namespace.id }, orderBy: { name: 'asc' } })
    await db().envVar.updateMany({
      where: { ownerId: two?.ownerId ?? '', name: 'TWO' },
      data: { sealedValue: one?.sealedValue ?? new Uint8Array() },
    })
    await expect(reveal('hello', 'TWO')).rejects.toMatchObject({ code: 'internal' })
  })
})

describe('a list', () => {
  test('shows what comes from the source, what is not live yet, and what the live release still has', async () => {
    await live('hello', { FROM: 'source' })
    await goLive((await set('hello', { GOES: '1', STAYS: '1' })).deployments[0]?.id)
    await unsetEnvVars({ ctx: owner.ctx, input: { ...scope('hello'), names: ['GOES'], deploy: false } })
    await set('hello', { NEW: '1' }, false)
    expect((await list('hello')).map(({ name, origin, state, value }) => [name, origin, state, value])).toEqual([
      ['FROM', 'SOURCE', 'LIVE', 'source'],
      ['GOES', 'SERVICE', 'REMOVED', '1'],
      ['NEW', 'SERVICE', 'PENDING', '1'],
      ['STAYS', 'SERVICE', 'LIVE', '1'],
    ])
  })

  test('shows no values to viewers', async () => {
    await live('hello', { FROM: 'source' })
    await set('hello', { A: '1' })
    const viewer = await platform.createUser()
    await platform.join(namespace, viewer, 'VIEWER')
    expect((await list('hello', viewer.ctx)).map(({ value }) => value)).toEqual([null, null])
  })
})

describe('a change is refused', () => {
  test.each([
    ['a variable of the platform', { PORT: '80' }, /set by the platform/],
    ['another one of the platform', { MICRO_ADDRESS: 'x' }, /set by the platform/],
    ['a name with a space', { 'A B': '1' }, /letters, digits and _/],
    ['a name that begins with a digit', { '1A': '1' }, /letters, digits and _/],
    ['no name', { '': '1' }, /letters, digits and _/],
    ['a value of more than 32 KiB, in bytes', { A: 'ä'.repeat(16_385) }, /at most 32 KiB/],
    ['a NUL', { A: 'a\0b' }, /NUL/],
    ['nothing', {}, /at least one/],
    ['too many at once', Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`A${i}`, ''])), /500/],
  ])('with %s', async (_, variables, message) => {
    await live('hello')
    await expect(set('hello', variables)).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(message) })
    expect(await list('hello')).toEqual([])
  })

  test('that gives a variable twice', async () => {
    await live('hello')
    const variables = [1, 2].map((value) => ({ name: 'A', value: String(value) }))
    await expect(setEnvVars({ ctx: owner.ctx, input: { ...scope('hello'), variables } })).rejects.toMatchObject({
      message: 'A variable is given twice.',
    })
  })

  test('that makes them more than 500', async () => {
    await live('hello')
    const many = (from: number, count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`A${from + i}`, 'x']))
    await set('hello', many(0, 500), false)
    await expect(set('hello', many(500, 1))).rejects.toMatchObject({
      code: 'failed_precondition',
      message: 'hello would have 501 variables; 500 are allowed.',
      details: { reason: 'LIMIT_REACHED' },
    })
    expect(await set('hello', { A0: 'y' })).toMatchObject({ changed: ['A0'] })
  })

  test('of what is not set, all of it', async () => {
    await live('hello', { FROM: 'source' })
    await set(undefined, { WIDE: '1' })
    await set('hello', { A: '1' })
    await expect(unset('hello', 'A', 'B')).rejects.toMatchObject({ code: 'not_found', message: 'There is no variable "B" of hello.' })
    await expect(unset('hello', 'WIDE')).rejects.toMatchObject({
      message: 'There is no variable "WIDE" of hello, only one of the whole namespace.',
    })
    await expect(reveal('hello', 'B')).rejects.toMatchObject({ details: { hint: 'Type `micro env-var list hello` to see them.' } })
    expect((await list('hello')).map(({ name }) => name)).toEqual(['A', 'FROM', 'WIDE'])
  })
})

test('a release of before keeps all that it has as its source’s', async () => {
  const { release } = await live('hello', { OLD: 'value' })
  await db().release.update({ where: { id: release.id }, data: { settings: {}, variables: [] } })
  const old = await db().release.findUniqueOrThrow({ where: { id: release.id } })
  expect(sourceEnvOf(platform.ctx, old)).toEqual({ OLD: 'value' })
  const { deployments } = await set('hello', { NEW: '1' })
  expect((await released(deployments[0]?.id)).values).toEqual({ OLD: 'value', NEW: '1' })
})
