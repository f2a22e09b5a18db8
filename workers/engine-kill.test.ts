import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Namespace } from '../gen/prisma/client.ts'
import { freePort } from '../router/inside/testing.ts'
import { Engine } from '../runtime/docker/engine.ts'
import { createOutside } from '../runtime/docker/firewall/testing.ts'
import { label } from '../runtime/docker/labels.ts'
import { deploysOf } from '../testing/deploys.ts'
import { describeWithDockerd } from '../testing/docker.ts'
import { ensureTestImage } from '../testing/docker-image.ts'
import { createOwnEngine, type OwnEngine } from '../testing/dockerd.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { createService } from '../testing/tenant.ts'
import { waitFor } from '../testing/wait-for.ts'
import { startWorker } from '../testing/worker.ts'

const server = `require('http').createServer((q, r) => r.end('hello ' + process.env.MICRO_INSTANCE)).listen(process.env.PORT)`

describeWithDockerd('an engine that is killed under a service', (dockerd) => {
  let engine: OwnEngine
  let platform: TestPlatform
  let namespace: Namespace
  let person: ReturnType<typeof deploysOf>
  const stops: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    engine = await createOwnEngine(dockerd)
    stops.push(engine.dispose)
    await engine.start()
    const image = await ensureTestImage(engine.socket)
    const { pool, dispose } = await createOutside()
    stops.push(dispose)
    platform = await createTestPlatform()
    stops.push(platform.close)
    const owner = await platform.createUser()
    namespace = await platform.createNamespace(owner)
    person = deploysOf(owner, namespace)
    const { release } = await createService(platform, namespace, 'hello')
    const artifact = { kind: 'image', image, startCommand: ['node', '-e', server] }
    await platform.ctx.db.release.update({ where: { id: release.id }, data: { artifact } })
    const docker = { runtime: 'docker', dockerSocket: engine.socket, networkPool: pool, port: await freePort() } as const
    stops.push((await startWorker(platform, docker)).stop)
  }, 120_000)
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  }, 60_000)

  const answers = (): Promise<string[]> => person.answers('hello').catch(() => [])
  const containers = async (role: string) => {
    const { docker } = new Engine(engine.socket)
    return docker.listContainers({ all: true, filters: { label: [`${label.role}=${role}`] } })
  }

  test('the service comes back when the engine does, as the same instance, and nothing is left over', { timeout: 120_000 }, async () => {
    const [before] = await waitFor(
      'it answers',
      async () => {
        const all = await answers()
        return all.length === 1 && all
      },
      60_000,
    )
    await engine.kill()
    // The container runs on without its engine.
    expect(await answers()).toEqual([before])
    await engine.start()
    await waitFor(
      'the engine has ended it, and it is started again',
      async () => {
        const { instances } = await person.service('hello')
        return instances.length === 1 && instances[0]?.state === 'READY' && (instances[0]?.restarts ?? 0) > 0
      },
      60_000,
    )
    await waitFor('it answers again', async () => (await answers()).includes(before ?? ''), 60_000)
    expect(await containers('instance')).toHaveLength(1)
    expect((await containers('holder')).length).toBeLessThanOrEqual(2)
  })
})
