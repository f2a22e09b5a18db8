import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cancelDeployment } from '../control/deployments/cancel.ts'
import { readBuildLog } from '../control/logs/list.ts'
import { restart, rollback } from '../control/releases/redeploy.ts'
import { deploysOf, type Files, httpService } from '../testing/deploys.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { startWorker, type TestWorker } from '../testing/worker.ts'

let platform: TestPlatform
let worker: TestWorker
let person: ReturnType<typeof deploysOf>
let directory: string

beforeAll(async () => {
  platform = await createTestPlatform()
  worker = await startWorker(platform)
}, 60_000)
beforeEach(async () => {
  const owner = await platform.createUser()
  person = deploysOf(owner, await platform.createNamespace(owner))
  directory = await mkdtemp(join(tmpdir(), 'micro-release-'))
  await chmod(directory, 0o777)
})
afterAll(async () => {
  await worker.stop()
  await platform.close()
})

/** A service whose release command is a script, which finds a place to write to at $NOTES. */
const releasing = (text: string, script: string, yaml = ''): Files =>
  httpService(text, { 'migrate.sh': script, 'micro.yaml': `release: sh migrate.sh\n${yaml}` })

const deploy = (files: Files) => person.deploy('hello', files, { env: { NOTES: directory } })
const deployed = async (files: Files) => person.ended(await deploy(files))
const notes = async () => (await readFile(join(directory, 'notes'), 'utf8').catch(() => '')).split('\n').slice(0, -1)
const logOf = async (deployment: string) =>
  (await readBuildLog({ ctx: person.ctx, input: { ...person.scope, deployment } })).map(({ text }) => text)
const runOf = (deploymentId: string) => platform.ctx.db.run.findUnique({ where: { deploymentId } })
const noting = (text: string) => `echo "${text}" >> "$NOTES/notes"\n`

describe('the release command', { timeout: 90_000 }, () => {
  test('runs once before the instances start, in the environment of the new release, into the log of the deployment', async () => {
    const files = releasing('one', `${noting('$MICRO_SERVICE $MICRO_RELEASE')}echo migrating; echo quietly >&2\n`)
    files['server.js'] = `require('fs').appendFileSync(process.env.NOTES + '/notes', 'served\\n');${files['server.js']}`
    const { id } = await deployed(files)
    expect(await person.deployment(id)).toMatchObject({ state: 'LIVE', release: { version: 1 } })
    expect(await notes()).toEqual(['hello v1', 'served'])
    const lines = await logOf(id)
    expect(lines.slice(lines.indexOf('==> Release command: sh migrate.sh'))).toEqual([
      '==> Release command: sh migrate.sh',
      'migrating',
      'quietly',
      '==> The release command succeeded',
    ])
    expect(await runOf(id)).toMatchObject({ kind: 'RELEASE', state: 'SUCCEEDED', exitCode: 0, creator: person.username })
    expect((await person.service('hello')).instances).toHaveLength(1)
  })

  test('that fails leaves the old release serving, and the deployment says why', async () => {
    await person.live('hello', httpService('one'))
    const { id } = await deployed(releasing('two', 'echo "creating tables"; echo "no such table"; exit 3\n'))
    expect(await person.deployment(id)).toMatchObject({
      state: 'FAILED',
      reason: expect.stringMatching(
        /^The release command \(sh migrate\.sh\) exited with code 3 after [\d.]+ s; last output: creating tables ⏎ no such table\.$/,
      ),
      hint: expect.stringContaining('`micro logs hello --build`'),
      rolloutStartedAt: null,
    })
    expect((await logOf(id)).slice(-2)).toEqual([
      'no such table',
      expect.stringMatching(/^==> Failed: The release command \(sh migrate\.sh\) exited with code 3/),
    ])
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^one /)])
    expect((await person.service('hello')).instances).toHaveLength(1)
  })

  test('that misses a variable fails the deployment, which says how to set it', async () => {
    const { id } = await deployed(releasing('one', 'set -u; echo $DATABASE_URL\n'))
    expect(await person.deployment(id)).toMatchObject({
      state: 'FAILED',
      reason: expect.stringMatching(
        /the environment variable DATABASE_URL is missing; it said: .*DATABASE_URL: (parameter not set|unbound variable)/,
      ),
      hint: expect.stringContaining('`micro env-var set hello DATABASE_URL=…`'),
    })
  })

  test('that takes too long is stopped, and the deployment fails', async () => {
    const { id } = await deployed(releasing('one', 'echo waiting; exec sleep 60\n', 'releaseTimeout: 1s\n'))
    expect(await person.deployment(id)).toMatchObject({
      state: 'FAILED',
      reason: expect.stringMatching(/longer than its time-out, 1 s, and was stopped\. Its last output: waiting$/),
      hint: expect.stringContaining('`releaseTimeout: 2h` in micro.yaml'),
    })
    expect(await runOf(id)).toMatchObject({ state: 'TIMED_OUT' })
    expect(await logOf(id)).toContain('waiting')
  })

  test('that does not exist fails the deployment', async () => {
    const { id } = await deployed(httpService('one', { 'micro.yaml': 'release: [no-such-program, now]\n' }))
    expect(await person.deployment(id)).toMatchObject({ state: 'FAILED', reason: expect.stringMatching(/no-such-program was not found/) })
  })

  test('is found in a Procfile, and in the programs of the packages', async () => {
    const { id } = await deployed({
      'package.json': '{"dependencies":{"migrator":"file:./migrator"},"scripts":{"start":"node server.js"}}',
      'migrator/package.json': '{"name":"migrator","version":"1.0.0","bin":{"migrate-all":"run.js"}}',
      'migrator/run.js': '#!/usr/bin/env node\nconsole.log("migrated " + process.argv[2])\n',
      'server.js': httpService('one')['server.js'] ?? '',
      Procfile: 'release: migrate-all "every thing"\n',
    })
    expect(await person.deployment(id)).toMatchObject({ state: 'LIVE' })
    expect(await logOf(id)).toContain('migrated every thing')
  })

  test('does not run for a rollback and a restart', async () => {
    await deployed(releasing('one', noting('one')))
    await deployed(releasing('two', noting('two')))
    const { ctx, scope } = person
    for (const again of [rollback, restart]) {
      const { id } = await again({ ctx, input: { ...scope, service: 'hello' } })
      expect(await person.ended(id)).toMatchObject({ state: 'LIVE' })
    }
    expect(await notes()).toEqual(['one', 'two'])
  })

  test('of two deploys never runs twice at once: the later waits for the earlier to end', async () => {
    const slowly = (text: string) => releasing(text, `${noting(`${text} begins`)}sleep 1\n${noting(`${text} ends`)}`)
    const earlier = await deploy(slowly('one'))
    await waitFor('the first release command runs', async () => (await notes()).length === 1)
    const later = await deploy(slowly('two'))
    expect(await person.ended(earlier)).toMatchObject({ state: 'SUPERSEDED' })
    expect(await person.ended(later)).toMatchObject({ state: 'LIVE' })
    expect(await notes()).toEqual(['one begins', 'one ends', 'two begins', 'two ends'])
    expect(await runOf(earlier)).toMatchObject({ state: 'SUCCEEDED' })
  })

  test('is stopped when its deployment is canceled', async () => {
    const id = await deploy(releasing('one', `${noting('begins')}sleep 60\n${noting('ends')}`))
    await waitFor('it runs', async () => (await notes()).length === 1)
    expect(await person.deployment(id)).toMatchObject({ state: 'RELEASING' })
    await cancelDeployment({ ctx: person.ctx, input: { ...person.scope, id } })
    await waitFor('it has ended', async () => (await runOf(id))?.state === 'CANCELED')
    expect(await person.deployment(id)).toMatchObject({ state: 'CANCELED' })
    expect(await notes()).toEqual(['begins'])
  })
})

afterAll(() => rm(directory, { recursive: true, force: true }))
