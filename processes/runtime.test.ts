import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PlatformSettings } from '../config/platform.ts'
import { setEgress } from '../control/namespaces/set-egress.ts'
import type { Namespace } from '../gen/prisma/client.ts'
import { subnetAt } from '../lib/network-pool.ts'
import { freePort } from '../router/inside/testing.ts'
import { ask } from '../router/testing.ts'
import { createOutside, lanPort, type Outcomes, type Outside, probe, run, type Targets } from '../runtime/docker/firewall/testing.ts'
import { describeWithDocker } from '../testing/docker.ts'
import { ensureTestImage } from '../testing/docker-image.ts'
import { createTestPlatform, type TestPlatform, type TestUser } from '../testing/platform.ts'
import { createService } from '../testing/tenant.ts'
import { waitFor } from '../testing/wait-for.ts'
import { startPlatform } from './platform.ts'
import { startRouter } from './router.ts'

/** A service that says what it reaches. */
const program = `${probe}
require('node:http').createServer(async (request, response) => {
  const { targets = {}, urls = [] } = JSON.parse(decodeURIComponent(request.url.slice(2)) || '{}')
  const get = (url) => fetch(url).then(async (answer) => answer.status + ' ' + (await answer.text()).slice(0, 40), (error) => error.cause?.code ?? String(error))
  const fetched = Object.fromEntries(await Promise.all(urls.map(async (url) => [url, await get(url)])))
  response.end(JSON.stringify({ service: process.env.MICRO_SERVICE, address: process.env.MICRO_ADDRESS, targets: await probe(targets), fetched }))
}).listen(process.env.PORT)`

type Said = { service: string; address: string; targets: Outcomes; fetched: Outcomes }

await describeWithDocker('services in containers', ({ socket }) => {
  let platform: TestPlatform
  let outside: Outside
  let owner: TestUser
  let fox: Namespace
  let settings: PlatformSettings
  const stops: (() => Promise<void>)[] = []

  async function say(host: string, asked: { targets?: Targets; urls?: string[] } = {}): Promise<Said> {
    const { body, status } = await ask(settings.port, { host: `${host}.localhost`, path: `/?${encodeURIComponent(JSON.stringify(asked))}` })
    if (status !== 200) throw new Error(body)
    return JSON.parse(body)
  }

  async function createContainerService(
    namespace: Namespace,
    name: string,
    image: string,
    changes: { public?: boolean } = {},
  ): Promise<void> {
    const { db } = platform.ctx
    const { service, release } = await createService(platform, namespace, name)
    const artifact = { kind: 'image', image, startCommand: ['node', '-e', program] }
    await db.release.update({ where: { id: release.id }, data: { artifact } })
    await db.service.update({ where: { id: service.id }, data: changes })
  }

  async function start(): Promise<void> {
    const parts = [
      await startPlatform(settings, platform.ctx.platform.log),
      await startRouter(
        { ...settings, consoleSocket: '/nowhere', stateDirectory: join(settings.dataDirectory, 'router') },
        platform.ctx.platform.log,
      ),
    ]
    stops.push(...parts.map(({ stop }) => stop))
    const { instance } = platform.ctx.db
    await waitFor('all instances are ready', async () => (await instance.count({ where: { state: 'READY' } })) === 3, 60_000)
    for (const service of ['hello--fox', 'hello--owl']) await waitFor(`${service} answers`, () => answers(service))
  }
  const answers = (host: string) =>
    say(host).then(
      () => true,
      () => false,
    )
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end()
  }

  beforeAll(async () => {
    outside = await createOutside()
    platform = await createTestPlatform()
    await chmod(platform.dataDirectory, 0o711)
    owner = await platform.createUser()
    const image = await ensureTestImage(socket)
    fox = await platform.createNamespace(owner, 'fox')
    const owl = await platform.createNamespace(owner, 'owl')
    for (const namespace of [fox, owl]) await createContainerService(namespace, 'hello', image)
    await createContainerService(fox, 'secret', image, { public: false })
    const { databaseUrl, dataDirectory, envelopeKey } = platform
    settings = {
      ...{
        host: '127.0.0.1',
        port: await freePort(),
        domain: 'localhost',
        publicUrl: 'http://localhost',
        trustedProxies: [],
        loopbackOnly: true,
      },
      ...{ roles: ['control', 'worker'], databaseUrl, dataDirectory, envelopeKey, controlSocket: join(dataDirectory, 'control.sock') },
      ...{
        runtime: 'docker',
        dockerSocket: socket,
        sandbox: 'none',
        networkPool: outside.pool,
        egressAllow: [],
        adminPassword: undefined,
        fetchAllow: [],
        baseImages: [],
      },
      ...{ diskBudgetBytes: undefined, routerKey: 'k'.repeat(40), logLevel: 'silent' },
    }
    await start()
  }, 120_000)

  afterAll(async () => {
    await stop()
    await platform?.close()
    await outside?.dispose()
  }, 60_000)

  test('call each other within their namespace, private ones too, and the platform’s API', async () => {
    const gateway = subnetAt(outside.pool, 0)?.gateway
    const gateways = [gateway, subnetAt(outside.pool, 1)?.gateway]
    const { address } = await say('hello--fox')
    expect(gateways.map((each) => `${each}:${settings.port}`)).toContain(address)
    const urls = [
      'http://secret.internal/?',
      `http://${address}/secret?`,
      `http://${address}/`,
      `http://${address}/micro.runtime.v1.RuntimeService/ListServices`,
    ]
    const { fetched } = await say('hello--fox', { urls })
    expect(fetched['http://secret.internal/?']).toMatch(/^200 {"service":"secret"/)
    expect(fetched[`http://${address}/secret?`]).toMatch(/^200 {"service":"secret"/)
    expect(fetched[`http://${address}/`]).toMatch(/^200 {"namespace":"fox"/)
    expect(fetched[`http://${address}/micro.runtime.v1.RuntimeService/ListServices`]).toMatch(/^(4|5)/)
    expect((await say('hello--owl', { urls: ['http://secret.internal/?'] })).fetched).toEqual({ 'http://secret.internal/?': 'ENOTFOUND' })
  })

  test('reach nothing of another namespace, nor what is private outside', async () => {
    const { address } = await say('hello--owl')
    const instance = await platform.ctx.db.instance.findFirstOrThrow({
      where: { service: { name: 'hello', namespace: { name: 'owl' } }, state: 'READY' },
    })
    const targets = {
      gateway: `tcp ${address.replace(':', ' ')}`,
      instance: `tcp ${instance.host} ${instance.port}`,
      metadata: `tcp ${outside.metadata} ${lanPort}`,
      lan: `tcp ${outside.lan} ${lanPort}`,
      internet: `tcp ${outside.internet} ${lanPort}`,
    }
    expect((await say('hello--fox', { targets })).targets).toEqual({
      ...{ gateway: 'refused', instance: 'refused', metadata: 'refused', lan: 'refused', internet: 'open' },
    })
  })

  test('reach nothing outside once their namespace is closed, by the word of its admin, while they run', async () => {
    const targets = { internet: `tcp ${outside.internet} ${lanPort}` }
    const reached = async (host: string) => (await say(host, { targets })).targets.internet
    await setEgress({ ctx: owner.ctx, input: { namespace: 'fox', allowed: false } })
    await waitFor('it is closed', async () => (await reached('hello--fox')) === 'refused')
    expect(await reached('hello--owl')).toBe('open')
    const urls = ['http://example.com/', 'http://secret.internal/?']
    const { fetched } = await say('hello--fox', { urls })
    expect(fetched['http://example.com/']).toMatch(/^(EAI_AGAIN|EREFUSED)$/)
    expect(fetched['http://secret.internal/?']).toMatch(/^200/)
    await setEgress({ ctx: owner.ctx, input: { namespace: 'fox', allowed: true } })
    await waitFor('it is open', async () => (await reached('hello--fox')) === 'open')
  })

  test('are isolated again after a restart of the platform, which leaves nothing behind when it stops', { timeout: 90_000 }, async () => {
    const rules = () => run('iptables-save').then((text) => text.split('\n').filter((line) => line.includes(outside.pool)))
    const before = await rules()
    expect(before.length).toBeGreaterThan(0)
    await stop()
    expect(await rules()).toEqual([])
    expect(await run('ip', '-4', 'route', 'show', 'root', outside.pool)).toBe('')
    await start()
    expect(await rules()).toEqual(before)
    const targets = { lan: `tcp ${outside.lan} ${lanPort}` }
    expect((await say('hello--fox', { targets })).targets).toEqual({ lan: 'refused' })
  })
})
