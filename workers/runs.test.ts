import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setEnvVars } from '../control/env-vars/set.ts'
import { readLogs } from '../control/logs/list.ts'
import { cancelRun } from '../control/runs/cancel.ts'
import { createRun } from '../control/runs/create.ts'
import { listCronEntries } from '../control/runs/cron-entries.ts'
import { followRun } from '../control/runs/follow.ts'
import { getRun } from '../control/runs/get.ts'
import { listRuns } from '../control/runs/list.ts'
import { pruneRuns } from '../control/runs/prune.ts'
import { activeRunStates } from '../control/runs/state.ts'
import { deleteService } from '../control/services/delete.ts'
import { deploysOf, httpService } from '../testing/deploys.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { pidsOf } from '../testing/processes.ts'
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
  await person.live('hello', httpService('one', { 'print.js': 'console.log(JSON.stringify(process.argv.slice(2)))\n' }))
})
afterAll(async () => {
  await worker.stop()
  await platform.close()
})

type Options = { kind?: 'EXEC' | 'JOB'; timeoutMs?: number }

const begin = async (command: [string, ...string[]], options: Options = {}) =>
  (await createRun({ ctx: person.ctx, input: { ...person.scope, service: 'hello', command, ...options } })).id
const get = (id: string) => getRun({ ctx: person.ctx, input: { ...person.scope, id } })
const cancel = (id: string) => cancelRun({ ctx: person.ctx, input: { ...person.scope, id } })
const running = (id: string) => waitFor('it runs', async () => (await get(id)).startedAt !== null)

/** Follows it to its end: all that it printed, and how it ended. */
async function ended(id: string) {
  const lines: string[] = []
  let last: Awaited<ReturnType<typeof get>> | undefined
  for await (const event of followRun({ ctx: person.ctx, input: { ...person.scope, id } })) {
    if (event.kind === 'log') lines.push(...event.lines.map(({ text }) => text))
    else last = event.run
  }
  return { ...last, lines }
}
const result = async (command: [string, ...string[]], options?: Options) => ended(await begin(command, options))

describe('a command', { timeout: 60_000 }, () => {
  test('is executed as it is, in an instance of its own of the live release', async () => {
    const words = ['$HOME', 'a b', '; exit 3', '"q"', "it's", '', '*']
    expect(await result(['node', 'print.js', ...words])).toMatchObject({ state: 'SUCCEEDED', exitCode: 0, lines: [JSON.stringify(words)] })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^one /)])
    expect((await person.service('hello')).instances).toHaveLength(1)
  })

  test('gets the variables of the release, and the secrets among them are not kept of what it prints', async () => {
    const variables = [
      { name: 'GREETING', value: 'hello there' },
      { name: 'TOKEN', value: 'a-secret-value', kind: 'SECRET' as const },
    ]
    await setEnvVars({ ctx: person.ctx, input: { ...person.scope, service: 'hello', variables } })
    await waitFor('the release with them is live', async () => (await person.service('hello')).liveRelease?.version === 2)
    const code = 'const e = process.env; console.log([e.GREETING, e.TOKEN, e.MICRO_RELEASE, e.MICRO_RUN === e.MICRO_INSTANCE].join(" "))'
    expect((await result(['node', '-e', code])).lines).toEqual(['hello there *** v2 true'])
  })

  test('that fails says how', async () => {
    expect(await result(['node', '-e', 'console.error("oops"); process.exit(7)'])).toMatchObject({
      state: 'FAILED',
      exitCode: 7,
      reason: 'It exited with code 7.',
      lines: ['oops'],
    })
    expect(await result(['node', '-e', 'process.kill(process.pid, "SIGKILL")'])).toMatchObject({
      state: 'FAILED',
      exitCode: null,
      signal: 'SIGKILL',
      reason: 'It was ended by SIGKILL.',
    })
    expect(await result(['no-such-program'])).toMatchObject({
      state: 'FAILED',
      exitCode: 127,
      reason: 'The program no-such-program was not found.',
      startedAt: null,
    })
  })

  test('is stopped when its time is over', async () => {
    const code = 'process.on("SIGTERM", () => { console.log("told"); process.exit(0) }); console.log("begun"); setInterval(() => {}, 1000)'
    expect(await result(['node', '-e', code], { timeoutMs: 1_000 })).toMatchObject({
      state: 'TIMED_OUT',
      reason: 'It took longer than its time-out, 1 s, and was stopped.',
      lines: ['begun', 'told'],
    })
  })

  test('is stopped when somebody cancels it, once', async () => {
    const id = await begin(['node', '-e', 'console.log("begun"); setInterval(() => {}, 1000)'])
    await waitFor('it has begun', async () => (await platform.ctx.db.logChunk.count({ where: { runId: id } })) > 0)
    await cancel(id)
    await expect(cancel(id)).rejects.toMatchObject({ details: { reason: 'RUN_ENDED' } })
    expect(await ended(id)).toMatchObject({ state: 'CANCELED', reason: `Canceled by ${person.username}.`, lines: ['begun'] })
    await expect(cancel(id)).rejects.toMatchObject({ code: 'failed_precondition' })
  })

  test('prints its last line even though nothing ends it, and much that is followed late comes whole', async () => {
    expect((await result(['node', '-e', 'process.stdout.write("no newline")'])).lines).toEqual(['no newline'])
    const id = await begin(['node', '-e', 'for (let i = 0; i < 20000; i++) console.log("line " + i)'])
    await waitFor('it has ended', async () => !activeRunStates.includes((await get(id)).state))
    const { lines } = await ended(id)
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([20_000, 'line 0', 'line 19999'])
  })

  test('is apart from the output of the service', async () => {
    await result(['node', '-e', 'console.log("of a job")'])
    const { ctx, scope } = person
    const logs = () => readLogs({ ctx, input: { ...scope, service: 'hello' } })
    await waitFor('the output of the service is stored', async () => (await logs()).length > 0)
    expect((await logs()).map(({ text }) => text)).toEqual(['one listens'])
  })

  test('goes away with its instance, and so does what it left running', async () => {
    const code =
      'require("child_process").spawn("sleep", ["300"], { detached: true, stdio: "ignore" }).unref(); console.log(process.env.MICRO_INSTANCE)'
    const { lines } = await result(['node', '-e', code])
    expect(await pidsOf(lines[0] ?? '')).toEqual([])
  })

  test('needs a live release, and is refused with words that help', async () => {
    const { ctx, scope } = person
    const create = (input: object) => createRun({ ctx, input: { ...scope, service: 'hello', ...input } as never })
    await expect(create({ command: [] })).rejects.toMatchObject({ code: 'invalid_argument' })
    await expect(create({ command: [''] })).rejects.toMatchObject({ message: 'A command is needed.' })
    await expect(create({ command: ['a\0b'] })).rejects.toMatchObject({ message: 'An argument holds no NUL character.' })
    await expect(create({ command: ['true'], timeoutMs: 25 * 3_600_000 })).rejects.toMatchObject({ message: 'A time-out is at most 24 h.' })
    await expect(create({ entry: 'none' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(create({})).rejects.toMatchObject({ code: 'invalid_argument' })
    await person.ended(await person.deploy('broken', { Procfile: 'web: exit 1\n' }))
    await expect(create({ service: 'broken', command: ['true'] })).rejects.toMatchObject({ message: /Nothing of broken is live/ })
  })
})

describe('of many', { timeout: 60_000 }, () => {
  const sleeping: [string, ...string[]] = ['sleep', '300']
  afterEach(async () => {
    const active = { ...(await whereOurs()), state: { in: activeRunStates } }
    for (const { id } of await platform.ctx.db.run.findMany({ where: active })) await cancel(id).catch(() => undefined) // ended by itself
    await waitFor('none is left', async () => (await platform.ctx.db.run.count({ where: active })) === 0)
  })

  test('as many run at once as the plan allows; one more is refused, and told which limit it is', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => begin(sleeping)))
    await expect(begin(sleeping)).rejects.toMatchObject({
      code: 'resource_exhausted',
      message: expect.stringMatching(/^5 jobs are running in .*; its plan \(dev\) allows 5 at once\.$/),
      details: { reason: 'LIMIT_REACHED' },
    })
    await Promise.all(ids.map(running))
    await cancel(ids[0] ?? '')
    await waitFor('one has ended', async () => (await get(ids[0] ?? '')).state === 'CANCELED')
    await running(await begin(sleeping))
  })

  test('those of a cron entry wait for each other, and for room', async () => {
    const cron = '- name: tidy\n    schedule: "0 0 1 1 *"\n    overlap: queue\n    command: sleep 300\n'
    await person.live('hello', httpService('two', { 'micro.yaml': `cron:\n  ${cron}` }))
    const { ctx, scope } = person
    expect(await listCronEntries({ ctx, input: { ...scope, service: 'hello' } })).toMatchObject([{ name: 'tidy', timezone: 'UTC' }])
    const tidy = async () => (await createRun({ ctx, input: { ...scope, service: 'hello', entry: 'tidy' } })).id
    const first = await tidy()
    await running(first)
    const second = await tidy()
    expect((await listRuns({ ctx, input: { ...scope, service: 'hello' } })).map(({ id, kind, state }) => [id, kind, state])).toEqual([
      [second, 'CRON', 'QUEUED'],
      [first, 'CRON', 'RUNNING'],
    ])
    await cancel(first)
    await running(second)
  })

  test('all are stopped when the service is deleted, and then forgotten', async () => {
    const id = await begin(sleeping)
    await running(id)
    const where = await whereOurs()
    await deleteService({ ctx: person.ctx, input: { ...person.scope, service: 'hello' } })
    await waitFor('the service is gone', async () => (await platform.ctx.db.service.count({ where })) === 0)
    expect(await platform.ctx.db.run.count({ where })).toBe(0)
    expect(await pidsOf(id)).toEqual([])
  })

  test('the last hundred are kept, with their output', async () => {
    const { db } = platform.ctx
    const id = (await result(['node', '-e', 'console.log("printed")'])).id ?? ''
    const { service: _, release: __, ...row } = await get(id)
    const more = Array.from({ length: 100 }, (_, at) => ({
      ...row,
      id: `run_z${String(at).padStart(3, '0')}${id.slice(8)}`,
      command: ['true'],
    }))
    await pruneRuns(platform.ctx)
    expect(await db.logChunk.count({ where: { runId: id } })).toBe(1)
    await db.run.createMany({ data: more })
    await pruneRuns(platform.ctx)
    expect(await db.run.count({ where: await whereOurs() })).toBe(100)
    expect(await db.run.count({ where: { id } })).toBe(0)
    expect(await db.logChunk.count({ where: { runId: id } })).toBe(0)
  })
})

const whereOurs = async () => ({
  namespaceId: (await platform.ctx.db.namespace.findUniqueOrThrow({ where: { name: person.scope.namespace } })).id,
})
