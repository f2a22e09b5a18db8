import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWithDockerd } from '../../testing/docker.ts'
import { createOwnEngine, type OwnEngine } from '../../testing/dockerd.ts'
import { waitFor } from '../../testing/wait-for.ts'
import type { Instance, InstanceSpec, Runtime } from '../runtime.ts'
import { until } from '../suite/helpers.ts'
import { createPlace, type Place } from './testing.ts'

describeWithDockerd('when the engine is lost', (dockerd) => {
  let engine: OwnEngine
  let place: Place
  let runtime: Runtime
  beforeAll(async () => {
    engine = await createOwnEngine(dockerd)
    await engine.start()
    place = await createPlace(engine.socket)
    runtime = await place.open()
  }, 120_000)
  afterEach(async () => {
    await Promise.all((await runtime.list()).map(({ id }) => runtime.remove(id, { graceMs: 0 })))
  })
  afterAll(async () => {
    await place?.dispose()
    await engine?.dispose()
  }, 60_000)

  const start = async (changes: Partial<InstanceSpec>) => {
    const spec = place.spec(changes)
    const instance = await runtime.apply(spec)
    if (instance.state !== 'running') throw new Error('it did not start')
    return { ...spec, instance }
  }
  const find = async (id: string) => (await runtime.list()).find((instance) => instance.id === id)
  const restart = async () => {
    await engine.kill()
    await engine.start()
  }

  test('instances are as they were last seen and serve on, and what needs the engine says that it is away', async () => {
    const { id, instance } = await start({ command: ['node', '-e', server] })
    await waitFor('an answer', () => ask(instance))
    await engine.kill()
    try {
      expect(await find(id)).toEqual(instance)
      expect(await ask(instance)).toBe('hello')
      const away = { code: 'unavailable', details: { reason: 'ENGINE_UNAVAILABLE' } }
      await expect(runtime.apply(place.spec())).rejects.toMatchObject(away)
      await expect(runtime.stats(id)).rejects.toMatchObject(away)
      await expect(runtime.remove(id, { graceMs: 0 })).rejects.toMatchObject(away)
    } finally {
      await engine.start()
    }
    await waitFor('the removal that failed to be made up for', async () => (await find(id)) === undefined)
  }, 90_000)

  test('the engine ends what ran when it comes back, which is told', async () => {
    const { id } = await start({ command: 'exec sleep 600' })
    await restart()
    expect(await until(runtime, id, ({ state }) => state === 'exited')).toMatchObject({ state: 'exited' })
  }, 90_000)

  test('what is to run always is started again, with the address that it has now, and its output goes on', async () => {
    const { id } = await start({ command: ['node', '-e', `console.log('started'); ${server}`], restart: 'always' })
    const reading = new AbortController()
    const texts: string[] = []
    const read = (async () => {
      for await (const { text } of runtime.logs(id, { signal: reading.signal })) texts.push(text)
    })()
    await waitFor('its first line', () => texts.length === 1)

    await restart()

    const again = await until(runtime, id, (instance) => instance.state === 'running' && instance.restarts > 0)
    if (again.state === 'running') expect(await waitFor('an answer', () => ask(again))).toBe('hello')
    await waitFor('its second line', () => texts.length === 2)
    reading.abort()
    await read
    expect(texts).toEqual(['started', 'started'])
  }, 90_000)

  test('a platform that starts after the engine was restarted finds what it had', async () => {
    const ended = await start({ command: 'echo last words; exit 4' })
    await until(runtime, ended.id, ({ state }) => state === 'exited')
    const running = await start({ command: 'exec sleep 600', restart: 'always' })
    await runtime.close()
    await restart()

    runtime = await place.open()

    expect(await find(ended.id)).toMatchObject({ state: 'exited', exit: { code: 4 } })
    expect(await until(runtime, running.id, ({ restarts }) => restarts > 0)).toMatchObject({ restarts: 1 })
  }, 90_000)

  test('a platform cannot start while it is away, and says so', async () => {
    await engine.kill()
    try {
      await expect(place.open({ directory: `${place.directory}-other` })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining(engine.socket),
      })
    } finally {
      await engine.start()
    }
  }, 90_000)
})

const server = `require('http').createServer((q, r) => r.end('hello')).listen(process.env.PORT)`

const ask = (instance: Instance): Promise<string | undefined> =>
  instance.state === 'running'
    ? fetch(`http://${instance.address.host}:${instance.address.port}`, { signal: AbortSignal.timeout(2_000) }).then(
        (response) => response.text(),
        () => undefined, // not yet
      )
    : Promise.resolve(undefined)
