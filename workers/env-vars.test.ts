import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listEnvVars } from '../control/env-vars/list.ts'
import { setEnvVars } from '../control/env-vars/set.ts'
import { unsetEnvVars } from '../control/env-vars/unset.ts'
import type { EnvVarInput } from '../control/env-vars/variable.ts'
import { rollback } from '../control/releases/redeploy.ts'
import { scale } from '../control/services/scale.ts'
import { deploysOf, type Files, httpService } from '../testing/deploys.ts'
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

const secret = 'hunter2-hunter2'
const pem = '-----BEGIN KEY-----\nTUlJRXZRSUJBREFO\n-----END KEY-----\n'

/** Answers with the variables in capitals and the secrets that it was given. */
const teller: Files = {
  'package.json': '{ "main": "server.js" }',
  'micro.yaml': 'env: { LEVEL: info }\n',
  'server.js': `const { readdirSync, readFileSync } = require('node:fs')
const directory = process.env.MICRO_SECRETS
const files = directory ? Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(directory + '/' + name, 'utf8')])) : {}
const { LEVEL, REGION, TOKEN, KEY } = process.env
require('node:http').createServer((_, response) => response.end(JSON.stringify({ LEVEL, REGION, TOKEN, KEY, files }))).listen(process.env.PORT, '127.0.0.1')
`,
}

const set = async (service: string | undefined, ...variables: EnvVarInput[]) => {
  const { ctx, scope } = person
  const { deployments } = await setEnvVars({ ctx, input: { ...scope, ...(service ? { service } : {}), variables } })
  return Promise.all(deployments.map(({ id }) => person.ended(id)))
}
const told = async (name: string) => JSON.parse((await person.answers(name))[0] ?? 'null')
const buildLog = async (deploymentId: string) => {
  const chunks = await platform.ctx.db.logChunk.findMany({ where: { deploymentId }, orderBy: { id: 'asc' } })
  return chunks.flatMap(({ lines }) => (lines as [number, string][]).map(([, text]) => text)).join('\n')
}

test('variables and secrets reach instances by a release without a build, and go back with a rollback', { timeout: 90_000 }, async () => {
  const { ctx, scope } = person
  const first = await person.live('hello', teller)
  expect(first).toMatchObject({ state: 'LIVE', release: { version: 1 } })
  expect(await told('hello')).toEqual({ LEVEL: 'info', files: {} })

  const [second] = await set(
    'hello',
    { name: 'LEVEL', value: 'debug' },
    { name: 'TOKEN', value: secret, kind: 'SECRET' },
    { name: 'KEY', value: pem, delivery: 'FILE' },
  )
  expect(second).toMatchObject({ state: 'LIVE', trigger: 'env-var', buildStartedAt: null, release: { version: 2 } })
  expect(second?.release?.artifact).toEqual(first.release?.artifact)
  expect(await told('hello')).toEqual({ LEVEL: 'debug', TOKEN: secret, files: { KEY: pem } })

  const [third] = await set(undefined, { name: 'REGION', value: 'all' }, { name: 'LEVEL', value: 'of the namespace' })
  expect(third).toMatchObject({ state: 'LIVE', release: { version: 3 } })
  expect(await told('hello')).toMatchObject({ LEVEL: 'debug', REGION: 'all' })

  const { id } = await rollback({ ctx, input: { ...scope, service: 'hello', version: 1 } })
  expect(await person.ended(id)).toMatchObject({ state: 'LIVE', release: { version: 1 } })
  expect(await told('hello')).toEqual({ LEVEL: 'info', files: {} })
  const listed = await listEnvVars({ ctx, input: { ...scope, service: 'hello' } })
  expect(listed.filter(({ origin }) => origin !== 'SOURCE').map(({ name, state }) => [name, state])).toEqual(
    ['KEY', 'LEVEL', 'REGION', 'TOKEN'].map((name) => [name, 'PENDING']),
  )

  const { deployments } = await unsetEnvVars({ ctx, input: { ...scope, service: 'hello', names: ['LEVEL', 'KEY'] } })
  expect(await person.ended(deployments[0]?.id ?? '')).toMatchObject({ state: 'LIVE', release: { version: 4 } })
  expect(await told('hello')).toEqual({ LEVEL: 'of the namespace', REGION: 'all', TOKEN: secret, files: {} })
})

test('what is set while the service is built is in the release that the build makes', { timeout: 90_000 }, async () => {
  const slow = { ...teller, 'micro.yaml': 'build: sleep 2\n' }
  const id = await person.deploy('hello', slow)
  await waitFor('it is being built', async () => (await person.deployment(id)).state === 'BUILDING')
  const [same] = await set('hello', { name: 'REGION', value: 'all' })
  expect(same).toMatchObject({ id, state: 'LIVE', release: { version: 1 } })
  expect(await told('hello')).toMatchObject({ REGION: 'all' })
})

test('a service that is stopped stays so, and is neither opened nor closed by new variables', { timeout: 90_000 }, async () => {
  const { ctx, scope } = person
  await person.live('hello', httpService('public'), { options: { public: true } })
  await person.live('hello', httpService('private'), { options: { public: false } })
  const { id } = await rollback({ ctx, input: { ...scope, service: 'hello' } })
  await person.ended(id)
  await scale({ ctx, input: { ...scope, service: 'hello', instances: 0 } })
  expect(await set('hello', { name: 'A', value: '1' })).toMatchObject([{ state: 'LIVE', release: { version: 3 } }])
  await waitFor('no instance is left', async () => (await person.service('hello')).instances.every(({ state }) => state === 'WARM'))
  expect(await person.service('hello')).toMatchObject({ state: 'STOPPED', instancesWanted: 0, public: false, liveRelease: { version: 3 } })
})

test('secrets are replaced in the output of builds and in the reasons of failures', { timeout: 90_000 }, async () => {
  const { ctx } = person
  await person.live('hello', httpService('fine'))
  await set('hello', { name: 'TOKEN', value: secret, kind: 'SECRET' })
  const noisy = { ...teller, 'micro.yaml': `build: "echo it is ${secret}; exit 3"\n` }
  const failed = await person.live('hello', noisy)
  expect(failed.state).toBe('FAILED')
  const log = await buildLog(failed.id)
  expect(log).toContain('it is ***')
  expect(log).not.toContain(secret)
  expect(`${failed.reason} ${failed.hint}`).not.toContain(secret)

  const dying = { ...httpService('dying'), 'server.js': `console.error('Error: bad token ' + process.env.TOKEN); process.exit(1)` }
  const ended = await person.live('hello', dying)
  expect(ended.reason).toMatch(/bad token \*\*\*/)
  const rows = await ctx.db.auditEntry.findMany({ where: { target: ended.id } })
  expect(JSON.stringify(rows)).not.toContain(secret)
  expect((await person.service('hello')).liveRelease).toMatchObject({ version: 2 })
})
