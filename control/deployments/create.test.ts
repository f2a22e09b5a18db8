import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Namespace } from '../../gen/prisma/client.ts'
import type { ServiceName } from '../../lib/names.ts'
import { createTestPlatform, type TestPlatform, type TestUser } from '../../testing/platform.ts'
import { createReleaseRow } from '../../testing/tenant.ts'
import { waitFor } from '../../testing/wait-for.ts'
import { listEnvVars } from '../env-vars/list.ts'
import { variablesOf } from '../env-vars/owner.ts'
import { setEnvVars } from '../env-vars/set.ts'
import { sealSnapshot } from '../env-vars/snapshot.ts'
import { deleteService } from '../services/delete.ts'
import { uploadBlobs } from '../sources/upload.ts'
import { createDeployment, type DeployInput } from './create.ts'

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

type Given = Partial<Omit<DeployInput, 'name'>> & { name?: string; files?: Record<string, string> }

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const filesOf = (files: Record<string, string>) =>
  Object.entries(files).map(([path, text]) => ({ path, sha256: sha256(text) as never, size: text.length }))

const ask = ({ name = 'hello', files = { 'server.js': 'one' }, ...given }: Given = {}) => {
  const source = { kind: 'local' as const, label: `./${name}`, files: filesOf(files) as never }
  return createDeployment({ ctx: owner.ctx, input: { namespace: namespace.name, name: name as ServiceName, source, ...given } })
}

async function upload(...texts: string[]) {
  const files = async function* () {
    for (const text of texts) yield { sha256: sha256(text), size: text.length, bytes: Readable.from([Buffer.from(text)]) }
  }
  return uploadBlobs({ ctx: owner.ctx, input: { namespace: namespace.name, files: files() } })
}

/** Deploys, and for what the worker would do puts in the rows that it writes. */
async function deploy(given: Given = {}) {
  await upload(...Object.values(given.files ?? { 'server.js': 'one' }))
  const result = await ask(given)
  if (result.kind !== 'deployment') throw new Error('files are missing')
  return result
}

async function goLive({ deployment, service }: Awaited<ReturnType<typeof deploy>>) {
  const { db } = platform.ctx
  const made = await createReleaseRow(platform, service)
  const snapshot = sealSnapshot(platform.ctx, service, await variablesOf(platform.ctx, db, service))
  await db.release.update({ where: { id: made.id }, data: { deploymentId: deployment.id, ...snapshot } })
  await db.deployment.delete({ where: { id: made.deploymentId } })
  await db.deployment.update({ where: { id: deployment.id }, data: { state: 'LIVE', releaseId: made.id } })
  await db.service.update({ where: { id: service.id }, data: { liveReleaseId: made.id } })
}

const variables = async () =>
  Object.fromEntries(
    (await listEnvVars({ ctx: owner.ctx, input: { namespace: namespace.name, service: 'hello' } })).map((v) => [v.name, v.value]),
  )

const outbox = () => platform.ctx.db.outbox.findMany({ orderBy: { id: 'asc' } })

describe('a deploy', () => {
  test('says first which contents are missing, each once, and changes nothing', async () => {
    const files = { 'a.js': 'a', 'b.js': 'b', 'same.js': 'a' }
    expect(await ask({ files })).toEqual({ kind: 'missing', hashes: [sha256('a'), sha256('b')] })
    await upload('a')
    expect(await ask({ files })).toEqual({ kind: 'missing', hashes: [sha256('b')] })
    expect(await platform.ctx.db.service.count({ where: { namespaceId: namespace.id } })).toBe(0)
  })

  test('writes the service, the deployment and its job together', async () => {
    const { deployment, service, unchanged } = await deploy()
    expect(unchanged).toBe(false)
    expect(deployment).toMatchObject({
      number: 1,
      state: 'QUEUED',
      trigger: 'run',
      creator: owner.username,
      source: './hello',
      serviceId: service.id,
    })
    expect((await outbox()).at(-1)).toMatchObject({ job: 'build', key: `build-${deployment.id}`, payload: { deploymentId: deployment.id } })
  })

  test('does nothing when the live release is made of just this, and does it all the same by force', async () => {
    const first = await deploy()
    await goLive(first)
    const jobs = (await outbox()).length
    expect(await deploy()).toMatchObject({ unchanged: true, deployment: { id: first.deployment.id } })
    expect((await outbox()).length).toBe(jobs)
    expect(await deploy({ force: true })).toMatchObject({ unchanged: false })
  })

  test.each([
    ['another content', { files: { 'server.js': 'two' } }],
    ['another path', { files: { 'index.js': 'one' } }],
    ['another setting', { options: { healthPath: '/healthz' } }],
    ['another variable', { env: { NAME: 'value' } }],
  ] satisfies [string, Given][])('does something for %s', async (_, given) => {
    await goLive(await deploy())
    expect(await deploy(given)).toMatchObject({ unchanged: false })
  })

  test('does something while another deployment is under way, or after one has failed', async () => {
    await goLive(await deploy())
    await deploy({ files: { 'server.js': 'two' } })
    expect(await deploy()).toMatchObject({ unchanged: false })
  })

  test('keeps settings and variables of earlier deploys, and adds those that are given', async () => {
    await deploy({ options: { healthPath: '/healthz', instances: 3 }, env: { A: '1', B: '2' } })
    const { deployment, service } = await deploy({ options: { healthPath: '/ready' }, env: { B: '3' } })
    expect(deployment.options).toEqual({ healthPath: '/ready', instances: 3 })
    expect(await variables()).toEqual({ A: '1', B: '3' })
    expect(service.instancesWanted).toBe(3)
  })

  test('keeps all variables of two that are given at once', async () => {
    await deploy()
    const names = ['A', 'B', 'C', 'D']
    await Promise.all(names.map((name) => ask({ env: { [name]: '1' } })))
    expect(Object.keys(await variables())).toEqual(names)
  })

  test('keeps a variable that is given a secret when it was one', async () => {
    await deploy()
    const input = { namespace: namespace.name, service: 'hello', variables: [{ name: 'TOKEN', value: 'one', kind: 'SECRET' as const }] }
    await setEnvVars({ ctx: owner.ctx, input })
    await deploy({ env: { TOKEN: 'two' } })
    expect(await variables()).toEqual({ TOKEN: null })
  })

  test('does something for variables that were set without deploying them', async () => {
    await goLive(await deploy({ env: { A: '1' } }))
    expect(await deploy({ env: { A: '1' } })).toMatchObject({ unchanged: true })
    const input = { namespace: namespace.name, service: 'hello', variables: [{ name: 'A', value: '2' }], deploy: false }
    await setEnvVars({ ctx: owner.ctx, input })
    expect(await deploy()).toMatchObject({ unchanged: false })
  })

  test('supersedes the earlier one that has not ended', async () => {
    const first = await deploy()
    const second = await deploy({ force: true })
    const rows = await platform.ctx.db.deployment.findMany({ where: { serviceId: first.service.id }, orderBy: { number: 'asc' } })
    expect(rows.map(({ state }) => state)).toEqual(['SUPERSEDED', 'QUEUED'])
    expect(rows[0]?.reason).toBe(`Deployment ${second.deployment.number} of hello was begun before this one had ended.`)
  })

  test('of many at once leaves exactly the last one under way, of one service', async () => {
    await upload('one')
    const results = await Promise.all(Array.from({ length: 6 }, () => ask({ force: true })))
    expect(results.every(({ kind }) => kind === 'deployment')).toBe(true)
    const rows = await platform.ctx.db.deployment.findMany({ where: { namespaceId: namespace.id }, orderBy: { number: 'asc' } })
    expect(rows.map(({ number, state }) => [number, state])).toEqual(
      [1, 2, 3, 4, 5, 6].map((number) => [number, number === 6 ? 'QUEUED' : 'SUPERSEDED']),
    )
    expect(new Set(rows.map(({ serviceId }) => serviceId)).size).toBe(1)
  })

  test('shares nothing with a namespace that has the same contents', async () => {
    await deploy({ files: { 'server.js': 'theirs' } })
    const stranger = await platform.createUser()
    const other = await platform.createNamespace(stranger)
    const source = { kind: 'local' as const, label: '.', files: filesOf({ 'server.js': 'theirs' }) as never }
    const result = await createDeployment({ ctx: stranger.ctx, input: { namespace: other.name, name: 'hello' as ServiceName, source } })
    expect(result).toEqual({ kind: 'missing', hashes: [sha256('theirs')] })
  })
})

describe('a deploy is refused', () => {
  test.each([
    ['a reserved name', { name: 'graphql' }, 'invalid_argument', /reserved/],
    ['an upper-case name', { name: 'Hello' }, 'invalid_argument', /lower-case/],
    ['a long name', { name: 'a'.repeat(31) }, 'invalid_argument', /at most 30/],
    ['an empty source', { files: {} }, 'invalid_argument', /empty/],
    ['a path out of the source', { files: { '../server.js': 'one' } }, 'invalid_argument', /relative/],
    ['an absolute path', { files: { '/etc/passwd': 'one' } }, 'invalid_argument', /relative/],
    ['too many instances', { options: { instances: 11 } }, 'invalid_argument', /10 instances/],
    ['a variable of the platform', { env: { PORT: '80' } }, 'invalid_argument', /PORT/],
    ['a variable with a wrong name', { env: { 'A=B': '' } }, 'invalid_argument', /variable/],
    [
      'a git URL with a password',
      { source: { kind: 'git', url: 'https://me:secret@example.com/x.git' } },
      'invalid_argument',
      /Credentials/,
    ],
    ['a git URL that is a path', { source: { kind: 'git', url: 'file:///etc' } }, 'invalid_argument', /http/],
    [
      'a ref that is an option',
      { source: { kind: 'git', url: 'https://example.com/x.git', ref: '--upload-pack=x' as never } },
      'invalid_argument',
      /branch/,
    ],
  ] satisfies [string, Given, string, RegExp][])('with %s', async (_, given, code, message) => {
    await expect(ask(given)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('when the name differs from another service’s in hyphens only', async () => {
    await goLive(await deploy({ name: 'say-hello' }))
    await expect(ask({ name: 'sayhello' })).rejects.toMatchObject({ code: 'already_exists', details: { reason: 'SERVICE_NAME_TAKEN' } })
  })

  test('for an eleventh service in the plan dev, also when two come at once, until one is deleted', async () => {
    for (let number = 1; number <= 9; number++) await deploy({ name: `service${number}` })
    const full = { code: 'failed_precondition', details: { reason: 'LIMIT_REACHED' } }
    const results = await Promise.allSettled([deploy({ name: 'tenth' }), deploy({ name: 'eleventh' })])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(deploy({ name: 'twelfth' })).rejects.toMatchObject(full)
    expect(await deploy({ name: 'service1', force: true })).toMatchObject({ unchanged: false })
    await deleteService({ ctx: owner.ctx, input: { namespace: namespace.name, service: 'service1' } })
    expect(await deploy({ name: 'twelfth' })).toMatchObject({ unchanged: false })
  })
})

test('a deploy that waited for its namespace to be deleted leaves no service behind', async () => {
  await upload('one')
  const { db } = platform.ctx
  const held = Promise.withResolvers<void>()
  const blocked = Promise.withResolvers<void>()
  const deletion = db.$transaction(async (tx) => {
    await tx.namespace.update({ where: { id: namespace.id }, data: { deletedAt: new Date() } })
    held.resolve()
    await blocked.promise
  })
  await held.promise
  const deploying = expect(ask()).rejects.toMatchObject({ code: 'not_found' })
  const waiting = async () =>
    (await db.$queryRaw<unknown[]>`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"Namespace"%'`).length > 0
  await waitFor('the deploy waits', waiting)
  blocked.resolve()
  await deletion
  await deploying
  expect(await db.service.count({ where: { namespaceId: namespace.id } })).toBe(0)
})

describe('an upload', () => {
  test('is refused when a content does not have its hash, or is larger than said', async () => {
    const send = (hash: string, size: number, text: string) => {
      const files = async function* () {
        yield { sha256: hash, size, bytes: Readable.from([Buffer.from(text)]) }
      }
      return uploadBlobs({ ctx: owner.ctx, input: { namespace: namespace.name, files: files() } })
    }
    await expect(send(sha256('a'), 1, 'b')).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(send(sha256('long'), 1, 'long')).rejects.toMatchObject({ code: 'resource_exhausted' })
    await expect(send('../../etc/passwd', 1, 'b')).rejects.toMatchObject({ code: 'invalid_argument', details: { field: 'sha256' } })
    await expect(send(sha256('x'), 101 * 2 ** 20, 'x')).rejects.toMatchObject({
      code: 'resource_exhausted',
      details: { reason: 'SOURCE_TOO_LARGE' },
    })
  })
})
