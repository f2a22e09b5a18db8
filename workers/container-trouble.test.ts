import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deleteService } from '../control/services/delete.ts'
import type { Namespace } from '../gen/prisma/client.ts'
import { Engine } from '../runtime/docker/engine.ts'
import { basesTimeoutMs } from '../testing/base-images.ts'
import { deploysOf, type Files } from '../testing/deploys.ts'
import { describeWithDocker } from '../testing/docker.ts'
import { dockerSettings } from '../testing/docker-worker.ts'
import { removeImages } from '../testing/image-builder.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { startWorker } from '../testing/worker.ts'

/** Exits when it is asked for `/exit`; before that the program given. */
const service = (text: string, before = ''): Files => ({
  Procfile: 'web: exec node server.js\n',
  'micro.yaml': 'keepWarm: "0"\n',
  'server.js': `${before}
    require('node:http').createServer((request, response) => {
      if (request.url === '/exit') process.exit(3)
      response.end('${text}')
    }).listen(process.env.PORT)\n`,
})

await describeWithDocker('a service in containers', ({ socket }) => {
  const { docker } = new Engine(socket)
  let platform: TestPlatform
  let namespace: Namespace
  let person: ReturnType<typeof deploysOf>
  const stops: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const { settings, dispose } = await dockerSettings(socket)
    stops.push(dispose)
    platform = await createTestPlatform()
    stops.push(platform.close)
    const owner = await platform.createUser()
    namespace = await platform.createNamespace(owner)
    stops.push(() => removeImages(namespace.id))
    person = deploysOf(owner, namespace)
    stops.push((await startWorker(platform, settings)).stop)
  }, basesTimeoutMs)
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  }, 60_000)

  const containersOf = (name: string) =>
    docker.listContainers({ all: true, filters: { label: [`micro.namespace=${namespace.name}`, `micro.service=${name}`] } })
  const answers = (name: string): Promise<string[]> => person.answers(name).catch(() => [])
  const kill = (name: string) => deleteService({ ctx: person.ctx, input: { ...person.scope, service: name } })
  const gone = (name: string) => waitFor(`nothing of ${name} is left`, async () => (await containersOf(name)).length === 0, 60_000)

  describe('that makes trouble', { timeout: 120_000 }, () => {
    test('and ignores SIGTERM is ended all the same, when it is replaced and when it is deleted', async () => {
      const stubborn = (text: string) => service(text, "process.on('SIGTERM', () => {})")
      await person.live('stubborn', stubborn('one'))
      expect(await person.live('stubborn', stubborn('two'))).toMatchObject({ state: 'LIVE' })
      await waitFor('the first is ended', async () => (await containersOf('stubborn')).length === 1, 60_000)
      expect(await answers('stubborn')).toEqual(['two'])
      await kill('stubborn')
      await gone('stubborn')
    })

    test('and exits while it drains leaves nothing', async () => {
      const draining = (text: string) => service(text, "process.on('SIGTERM', () => process.exit(7))")
      await person.live('leaving', draining('one'))
      expect(await person.live('leaving', draining('two'))).toMatchObject({ state: 'LIVE' })
      await waitFor('the first is gone', async () => (await person.service('leaving')).instances.length === 1, 60_000)
      expect(await containersOf('leaving')).toHaveLength(1)
      expect(await person.service('leaving')).toMatchObject({ state: 'RUNNING', instances: [{ state: 'READY', restarts: 0 }] })
    })

    test('and flaps is started again, each time later, and says how it ended', async () => {
      await person.live('flapping', service('up'))
      for (let round = 1; round <= 2; round++) {
        const [instance] = (await person.service('flapping')).instances
        await fetch(`http://${instance?.host}:${instance?.port}/exit`).catch(() => undefined) // it exits in the middle of it
        await waitFor(
          'it is known to be down',
          async () => {
            const [now] = (await person.service('flapping')).instances
            return now?.state === 'BACKOFF' && now.detail?.includes('exited with code 3')
          },
          30_000,
        )
        await waitFor(
          'it is up again',
          async () => (await person.service('flapping')).instances[0]?.restarts === round && (await answers('flapping'))[0] === 'up',
          30_000,
        )
      }
      expect(await containersOf('flapping')).toHaveLength(1)
    })
  })
})
