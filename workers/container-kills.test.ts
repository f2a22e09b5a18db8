import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PlatformSettings } from '../config/platform.ts'
import { readBuildLog } from '../control/logs/list.ts'
import type { Namespace } from '../gen/prisma/client.ts'
import { startRouter } from '../processes/router.ts'
import { Engine } from '../runtime/docker/engine.ts'
import { label } from '../runtime/docker/labels.ts'
import { basesTimeoutMs } from '../testing/base-images.ts'
import { deploysOf, type Files } from '../testing/deploys.ts'
import { describeWithDocker } from '../testing/docker.ts'
import { dockerSettings } from '../testing/docker-worker.ts'
import { removeImages } from '../testing/image-builder.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { settingsOf, spawnWorker, startWorker, type TestWorker } from '../testing/worker.ts'

/** Answers at `/slow` after two seconds; listens as late as it is told. */
const service = (text: string, { build = '', lateMs = 0 } = {}): Files => ({
  'package.json': JSON.stringify({ scripts: { ...(build ? { build } : {}), start: 'node server.js' } }),
  'micro.yaml': 'keepWarm: "0"\nhealth: /\n',
  'server.js': `
    const answer = (request, response) => setTimeout(() => response.end('${text}'), request.url === '/slow' ? 2000 : 0)
    setTimeout(() => require('node:http').createServer(answer).listen(process.env.PORT), ${lateMs})\n`,
})

await describeWithDocker('a worker that is killed', ({ socket }) => {
  const engine = new Engine(socket)
  let settings: Partial<PlatformSettings>
  let platform: TestPlatform
  let namespace: Namespace
  let person: ReturnType<typeof deploysOf>
  let origin: string
  let worker: { kill(): Promise<void> } | undefined
  const stops: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const docker = await dockerSettings(socket)
    stops.push(docker.dispose)
    settings = { ...docker.settings, routerKey: 'router-key' }
    platform = await createTestPlatform()
    stops.push(platform.close)
    // Before the router, which is told of namespaces by the verb that makes them only.
    const owner = await platform.createUser()
    namespace = await platform.createNamespace(owner)
    stops.push(() => removeImages(namespace.id))
    person = deploysOf(owner, namespace)
    const control: TestWorker = await startWorker(platform, { ...settings, roles: ['control'] })
    stops.push(control.stop)
    const { host, domain, publicUrl, trustedProxies, controlSocket } = settingsOf(platform)
    const state = { consoleSocket: join(platform.dataDirectory, 'none.sock'), stateDirectory: join(platform.dataDirectory, 'router') }
    const addressing = { host, port: 0, domain, publicUrl, trustedProxies, loopbackOnly: true }
    const router = await startRouter({ ...addressing, ...state, controlSocket, routerKey: 'router-key' }, pino({ level: 'silent' }))
    stops.push(router.stop)
    origin = `http://127.0.0.1:${router.address.port}`
    worker = await spawnWorker(platform, settings)
  }, basesTimeoutMs)
  afterAll(async () => {
    await worker?.kill()
    // It takes away what the killed one left running.
    if (worker) await (await startWorker(platform, settings)).stop()
    for (const stop of stops.reverse()) await stop()
  }, 60_000)

  const { docker } = engine
  const installation = async () => (await readFile(join(platform.dataDirectory, 'containers/installation'), 'utf8')).trim()
  const ours = async () => docker.listContainers({ all: true, filters: { label: [`${label.installation}=${await installation()}`] } })
  const containersOf = async (name: string, release?: string) =>
    (await ours()).filter(({ Labels }) => Labels['micro.service'] === name && (!release || Labels['micro.release'] === release))
  const call = (path: string) => fetch(origin + path, { headers: { 'micro-namespace': namespace.name } })

  /** Calls again and again until it is stopped; what was no answer of the service is a failure. */
  function calling(name: string) {
    const failures: string[] = []
    let count = 0
    let stopped = false
    const done = (async () => {
      while (!stopped) {
        const answer = await call(`/${name}`).then(async (response) => `${response.status} ${await response.text()}`, String)
        if (!/^200 (one|two)$/.test(answer)) failures.push(answer)
        count++
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    return async () => {
      stopped = true
      await done
      return { failures, count }
    }
  }

  /** What `state` becomes waits for the test: one stage does not pass into the next before the worker is dead. */
  async function hold(state: string): Promise<() => Promise<void>> {
    const { db } = platform.ctx
    await db.$executeRawUnsafe(
      `CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END'`,
    )
    await db.$executeRawUnsafe(
      `CREATE TRIGGER hold BEFORE UPDATE ON "Deployment" FOR EACH ROW WHEN (OLD."state" <> NEW."state" AND NEW."state" = '${state}') EXECUTE FUNCTION hold()`,
    )
    const held = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const holding = db.$transaction(
      async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(4711)`
        held.resolve()
        await release.promise
      },
      { timeout: 60_000 },
    )
    await held.promise
    return async () => {
      release.resolve()
      await holding
      await db.$executeRawUnsafe(`DROP TRIGGER hold ON "Deployment"`)
    }
  }

  const deployed = (id: string, state: string) => async () => (await person.deployment(id)).state === state
  const row = (id: string) => platform.ctx.db.deployment.findUniqueOrThrow({ where: { id }, include: { instances: true } })

  type Stage = { files?: Files; held?: string; slow?: boolean; reached(name: string, id: string): Promise<boolean> }
  const stages: Record<string, Stage> = {
    'while it builds': {
      files: service('two', { build: 'echo building now; sleep 3' }),
      async reached(_, deployment) {
        const lines = await readBuildLog({ ctx: person.ctx, input: { ...person.scope, deployment } })
        return lines.some(({ text }) => text.includes('building now'))
      },
    },
    'between build and rollout': {
      held: 'STARTING',
      reached: async (_, id) => (await row(id)).releaseId !== null,
    },
    'while the container is started': { reached: async (_, id) => (await row(id)).instances.length > 0 },
    'while it waits for health': {
      files: service('two', { lateMs: 3_000 }),
      reached: async (name) => (await containersOf(name, 'v2')).some(({ State }) => State === 'running'),
    },
    'before the switch': {
      held: 'LIVE',
      reached: async (name, id) => (await row(id)).state === 'STARTING' && (await containersOf(name, 'v2')).length > 0,
    },
    'just after the switch': { reached: (_, id) => deployed(id, 'LIVE')() },
    'while it drains': {
      slow: true,
      reached: async (name, id) =>
        (await row(id)).state === 'LIVE' && (await person.service(name)).instances.some(({ state }) => state === 'DRAINING'),
    },
  }

  test.each(Object.entries(stages))(
    '%s: the next one ends what it began, no request fails, and nothing is left over',
    { timeout: 120_000 },
    async (when, stage) => {
      const name = when.replaceAll(' ', '-').slice(0, 30).replace(/-+$/, '')
      expect(await person.live(name, service('one'))).toMatchObject({ state: 'LIVE', reason: null })
      await waitFor('it answers', async () => (await call(`/${name}`)).status === 200)
      const stop = calling(name)
      const letGo = stage.held ? await hold(stage.held) : undefined
      const slow = stage.slow ? call(`/${name}/slow`).then(async (response) => response.text()) : Promise.resolve('one')
      const id = await person.deploy(name, stage.files ?? service('two'))
      await waitFor(when, () => stage.reached(name, id), 60_000)
      await worker?.kill()
      await letGo?.()
      worker = await spawnWorker(platform, settings)

      expect(await person.ended(id)).toMatchObject({ state: 'LIVE', reason: null, release: { version: 2 } })
      await waitFor('the new release answers', async () => (await (await call(`/${name}`)).text()) === 'two')
      expect(await slow).toBe('one')
      await waitFor(
        'one instance is left',
        async () => {
          const [{ instances }, containers] = [await person.service(name), await containersOf(name)]
          return instances.length === 1 && instances[0]?.state === 'READY' && containers.length === 1
        },
        40_000,
      )
      const { failures, count } = await stop()
      expect(failures).toEqual([])
      expect(count).toBeGreaterThan(20)
      await nothingIsLeft()
    },
  )

  /** Whatever there is belongs to an instance that is wanted, or to a release. */
  async function nothingIsLeft(): Promise<void> {
    const { db } = platform.ctx
    const instances = (await db.instance.findMany()).map(({ id }) => id).sort()
    const containers = await ours()
    const of = (role: string) => containers.filter(({ Labels }) => Labels[label.role] === role)
    expect(
      of('instance')
        .map(({ Labels }) => Labels[label.instance])
        .sort(),
    ).toEqual(instances)
    await waitFor('holders of instances, and one spare', async () => {
      const holders = (await ours()).filter(({ Labels }) => Labels[label.role] === 'holder')
      return holders.length <= instances.length + 1
    })
    expect(containers.flatMap(({ Mounts }) => Mounts.filter(({ Type }) => Type === 'volume'))).toEqual([])
    expect(await docker.listNetworks({ filters: { label: [`${label.installation}=${await installation()}`] } })).toHaveLength(1)
    const folders = (await readdir(join(platform.dataDirectory, 'containers'))).filter((entry) => entry.startsWith('ins_'))
    expect(folders.sort()).toEqual(instances)
    await waitFor('the work directory is empty', async () => (await readdir(join(platform.dataDirectory, 'work'))).length === 0)
    await waitFor('the outbox is empty', async () => (await db.outbox.count()) === 0)
    expect(await db.deployment.count({ where: { state: { notIn: ['LIVE', 'SUPERSEDED'] } } })).toBe(0)
  }
})
