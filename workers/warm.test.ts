import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rollback } from '../control/releases/redeploy.ts'
import { deleteService } from '../control/services/delete.ts'
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
})
afterAll(async () => {
  await worker.stop()
  await platform.close()
})

const warm = { options: { warmMs: 600_000 } }
const statesOf = async (name: string) => {
  const { instances } = await person.service(name)
  return instances.map(({ state, release }) => `v${release.version} ${state}`).sort()
}
const untilStates = (name: string, states: string[]) =>
  waitFor(`the instances are ${states.join(', ')}`, async () => (await statesOf(name)).join() === states.join())

describe('a release that was replaced', { timeout: 90_000 }, () => {
  test('is kept paused, and comes back with the same processes', async () => {
    await person.live('hello', httpService('one'), warm)
    const [first] = await person.answers('hello')
    await person.live('hello', httpService('two'))
    await untilStates('hello', ['v1 WARM', 'v2 READY'])

    const { ctx, scope } = person
    const { id } = await rollback({ ctx, input: { ...scope, service: 'hello' } })
    expect(await person.ended(id)).toMatchObject({ state: 'LIVE', release: { version: 1 } })
    expect(await person.answers('hello')).toEqual([first])
    await untilStates('hello', ['v1 READY', 'v2 WARM'])

    const forward = await rollback({ ctx, input: { ...scope, service: 'hello', version: 2 } })
    expect(await person.ended(forward.id)).toMatchObject({ state: 'LIVE', release: { version: 2 } })
    expect(await person.answers('hello')).toEqual([expect.stringMatching(/^two /)])
  })

  test('makes room for the next one: only the release that was live last is kept', async () => {
    await person.live('hello', httpService('one'), warm)
    await person.live('hello', httpService('two'))
    await untilStates('hello', ['v1 WARM', 'v2 READY'])
    await person.live('hello', httpService('three'))
    await untilStates('hello', ['v2 WARM', 'v3 READY'])
  })

  test('is not kept when nothing asks for it, and ends when its time is over', async () => {
    await person.live('hello', httpService('one'))
    await person.live('hello', httpService('two'))
    await untilStates('hello', ['v2 READY'])
    await person.live('brief', httpService('one'), { options: { warmMs: 1 } })
    await person.live('brief', httpService('two'))
    await untilStates('brief', ['v2 READY'])
  })

  test('is started again when its paused process was killed meanwhile', async () => {
    await person.live('hello', httpService('one'), warm)
    const [answer = ''] = await person.answers('hello')
    await person.live('hello', httpService('two'))
    await untilStates('hello', ['v1 WARM', 'v2 READY'])
    process.kill(Number(answer.split(' ')[1]), 'SIGKILL')
    const { ctx, scope } = person
    const { id } = await rollback({ ctx, input: { ...scope, service: 'hello' } })
    expect(await person.ended(id)).toMatchObject({ state: 'LIVE', release: { version: 1 } })
    const [again] = await person.answers('hello')
    expect(again).toMatch(/^one /)
    expect(again).not.toBe(answer)
  })

  test('goes with its service', async () => {
    await person.live('hello', httpService('one'), warm)
    await person.live('hello', httpService('two'))
    await untilStates('hello', ['v1 WARM', 'v2 READY'])
    const { ctx, scope } = person
    await deleteService({ ctx, input: { ...scope, service: 'hello' } })
    const left = () => ctx.db.instance.count({ where: { service: { name: 'hello', namespace: { name: scope.namespace } } } })
    await waitFor('no instance is left', async () => (await left()) === 0)
  })
})
