import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWithDocker } from '../../testing/docker.ts'
import { waitFor } from '../../testing/wait-for.ts'
import type { InstanceSpec, Runtime } from '../runtime.ts'
import { until } from '../suite/helpers.ts'
import { containerName, ours } from './labels.ts'
import { createPlace, derivedImage, type Place } from './testing.ts'

await describeWithDocker('what somebody does to the engine by hand', ({ socket }) => {
  let place: Place
  let runtime: Runtime
  beforeAll(async () => {
    place = await createPlace(socket)
    runtime = await place.open()
  })
  afterEach(async () => {
    await Promise.all((await runtime.list()).map(({ id }) => runtime.remove(id, { graceMs: 0 })))
  })
  afterAll(() => place?.dispose())

  const start = async (changes: Partial<InstanceSpec> = {}) => {
    const spec = place.spec(changes)
    await runtime.apply(spec)
    return spec
  }
  const container = (id: string) => place.engine.docker.getContainer(containerName(place.installation, id))
  const holderOf = async (id: string) => {
    const { HostConfig } = await container(id).inspect()
    return place.engine.docker.getContainer(HostConfig.NetworkMode?.replace('container:', '') ?? '')
  }

  test('a container that was removed has ended, nobody knows how; applied again, or to run always, it is made anew', async () => {
    const once = await start()
    const always = await start({ restart: 'always' })
    await Promise.all([once, always].map(({ id }) => container(id).remove({ force: true })))
    expect(await until(runtime, once.id, ({ state }) => state === 'exited')).toMatchObject({ exit: { at: expect.any(Date) } })
    expect(await until(runtime, always.id, ({ state, restarts }) => state === 'running' && restarts === 1)).toMatchObject({
      state: 'running',
    })
    await runtime.apply({ ...once, restart: 'always' })
    expect(await until(runtime, once.id, ({ state }) => state === 'running')).toMatchObject({ state: 'running' })
  })

  test('a container that was stopped has ended as usual', async () => {
    const { id } = await start()
    await container(id).stop({ t: 5 })
    expect(await until(runtime, id, ({ state }) => state === 'exited')).toMatchObject({ exit: { signal: 'SIGTERM' } })
  })

  test('an instance whose holder was removed is not reached any more, so it is started anew with another', async () => {
    const { id } = await start({ restart: 'always' })
    const holder = await holderOf(id)
    await holder.remove({ force: true })
    const again = await until(runtime, id, ({ state, restarts }) => state === 'running' && restarts === 1)
    expect((await holderOf(id)).id).not.toBe(holder.id)
    const network = Object.values((await (await holderOf(id)).inspect()).NetworkSettings.Networks)[0]
    expect(again).toMatchObject({ address: { host: network?.IPAddress } })
  })

  test('an instance whose image was removed runs on, and cannot be started anew once its container is gone too', async () => {
    const image = await derivedImage(place, ['CMD ["sleep", "61"]'])
    const { id } = await start({ artifact: { kind: 'image', image }, restart: 'always' })
    await place.engine.docker.getImage(image).remove({ force: true })
    expect((await runtime.list())[0]?.state).toBe('running')
    await container(id).remove({ force: true })
    await until(runtime, id, ({ state, restarts }) => state === 'backoff' && restarts === 1)
    await expect(start({ artifact: { kind: 'image', image } })).rejects.toMatchObject({ details: { reason: 'IMAGE_MISSING' } })
  })

  test('a network that was removed is made anew', async () => {
    const first = await start()
    const network = Object.keys((await (await holderOf(first.id)).inspect()).NetworkSettings.Networks)[0] ?? ''
    await runtime.remove(first.id, { graceMs: 0 })
    for (const { Id } of await place.engine.docker.listContainers({ all: true, filters: ours(place.installation) }))
      await place.engine.docker.getContainer(Id).remove({ force: true })
    await place.engine.docker.getNetwork(network).remove()
    const { id } = await start()
    expect((await runtime.list()).find((instance) => instance.id === id)?.state).toBe('running')
  })

  test('an instance that was paused by hand is resumed to be removed', async () => {
    const { id } = await start({ command: 'trap "exit 0" TERM; while :; do sleep 0.05; done' })
    await container(id).pause()
    await runtime.remove(id, { graceMs: 10_000 })
    await expect(container(id).inspect()).rejects.toMatchObject({ statusCode: 404 })
  })

  test('a container that an operator makes of a tenant’s image with our labels is left alone', async () => {
    const { docker } = place.engine
    const image = await derivedImage(place, [`LABEL micro.installation=${place.installation} micro.role=instance micro.instance=ins_other`])
    const theirs = await docker.createContainer({ Image: image, name: `theirs-${place.installation}`, Cmd: ['sleep', '60'] })
    await runtime.close()
    runtime = await place.open()
    expect((await theirs.inspect()).State.Status).toBe('created')
    await theirs.remove({ force: true })
  })

  test('another installation on the same engine sees and touches nothing of it', async () => {
    const { id } = await start()
    const other = await createPlace(socket)
    try {
      const theirs = await other.open()
      expect(await theirs.list()).toEqual([])
      await theirs.apply(other.spec())
    } finally {
      await other.dispose()
    }
    expect((await container(id).inspect()).State.Running).toBe(true)
  })

  test('nothing of it is left when the platform stops', async () => {
    const { id } = await start()
    await runtime.remove(id, { graceMs: 0 })
    await runtime.close()
    const { docker } = place.engine
    await waitFor('its networks to be gone', async () => (await docker.listNetworks({ filters: ours(place.installation) })).length === 0)
    expect(await docker.listContainers({ all: true, filters: ours(place.installation) })).toEqual([])
    runtime = await place.open()
  })
})
