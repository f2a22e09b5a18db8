import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Engine } from '../runtime/docker/engine.ts'
import { createOutside, type Outside } from '../runtime/docker/firewall/testing.ts'
import { label } from '../runtime/docker/labels.ts'
import { basesTimeoutMs, requireBases } from '../testing/base-images.ts'
import { describeWithDocker } from '../testing/docker.ts'
import { removeImages } from '../testing/image-builder.ts'
import { waitFor } from '../testing/wait-for.ts'
import { answering, type Installation, startInstallation } from './installation.ts'

await describeWithDocker('a server that runs services in containers', ({ socket }) => {
  let outside: Outside
  let micro: Installation
  let namespace: string
  const engine = new Engine(socket)

  beforeAll(async () => {
    await requireBases('node')
    outside = await createOutside()
    micro = await startInstallation({
      MICRO_RUNTIME: 'docker',
      MICRO_DOCKER_SOCKET: socket,
      MICRO_NETWORK_POOL: outside.pool,
      MICRO_BASE_IMAGES: 'local',
    })
    await micro.ok('env', 'set', 'local')
    expect(await micro.ok('signup', '--email', 'ada@example.com', '--password', 'correct horse battery')).toContain('Your namespace is')
    namespace = (await micro.ok('user', 'namespace')).trim()
  }, basesTimeoutMs)
  afterAll(async () => {
    const namespaces = micro ? await readdir(join(micro.data, 'artifacts')) : []
    await micro?.close()
    await removeImages(...namespaces)
    await outside?.dispose()
  }, 60_000)

  const containersOf = (service: string) =>
    engine.docker.listContainers({
      filters: { label: [`micro.namespace=${namespace}`, `micro.service=${service}`, `${label.role}=instance`] },
    })
  const hello = async (host: string, headers: Record<string, string> = {}) =>
    JSON.parse((await micro.call(host, '/helloworld?name=Alice', { headers })).body)

  test('says so when it is ready', () => {
    expect(micro.server.output()).toMatch(/containers/i)
  })

  test('does the ten commands, one after the other', { timeout: 120_000 }, async () => {
    await micro.ok('new', 'helloworld')
    expect(await micro.ok('run', './helloworld')).toContain('helloworld v1 is live')
    expect(JSON.parse(await micro.ok('status', '--json'))).toMatchObject([{ name: 'helloworld', version: 1, protocol: 'grpc' }])
    await expect.poll(() => micro.ok('logs', 'helloworld')).toContain('helloworld listens on port')
    expect(JSON.parse(await micro.ok('helloworld', '--name=Alice'))).toEqual({ message: 'Hello Alice' })
    const stream = await micro.ok('helloworld', 'stream', '--messages=3')
    expect(
      stream
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }])
    expect(await hello(`${namespace}.localhost`)).toEqual({ message: 'Hello Alice' })
    expect(await hello('localhost', { 'micro-namespace': namespace })).toEqual({ message: 'Hello Alice' })
    expect(await containersOf('helloworld')).toHaveLength(1)
  })

  test('updates, rolls back to what it kept warm, scales, and leaves nothing of what was killed', { timeout: 180_000 }, async () => {
    const answer = async () => (await micro.call(`${namespace}.localhost`, '/greeter')).body
    const source = await micro.source('greeter', answering('one'))
    await micro.ok('run', source)
    expect(await answer()).toBe('one')
    const [first] = await containersOf('greeter')

    await micro.source('greeter', answering('two'))
    expect(await micro.ok('update', 'greeter')).toContain('greeter v2 is live')
    expect(await answer()).toBe('two')

    await micro.ok('rollback', 'greeter')
    expect(await answer()).toBe('one')
    // It is the very container of before, that was paused meanwhile.
    expect((await containersOf('greeter')).filter(({ State }) => State === 'running').map(({ Id }) => Id)).toEqual([first?.Id])

    await micro.ok('scale', 'greeter', '3')
    await waitFor('three run', async () => (await containersOf('greeter')).filter(({ State }) => State === 'running').length === 3, 60_000)
    expect(await answer()).toBe('one')

    await micro.ok('kill', 'greeter')
    expect((await micro.call(`${namespace}.localhost`, '/greeter')).status).toBe(404)
    await waitFor('no container of it is left', async () => (await containersOf('greeter')).length === 0, 60_000)
    expect(JSON.parse(await micro.ok('status', '--json'))).toMatchObject([{ name: 'helloworld' }])
  })
})
