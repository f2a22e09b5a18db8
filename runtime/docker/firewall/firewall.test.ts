import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../../lib/ids.ts'
import { insidePorts } from '../../../lib/inside-ports.ts'
import { subnetAt } from '../../../lib/network-pool.ts'
import { isAnswered } from '../../../router/inside/testing.ts'
import { createRouter, type Router } from '../../../router/server.ts'
import { createTestRoutes, httpRoute, testLog } from '../../../router/testing.ts'
import { describeWithDocker } from '../../../testing/docker.ts'
import { waitFor } from '../../../testing/wait-for.ts'
import type { Instance, InstanceNetwork, Runtime } from '../../runtime.ts'
import { createPlace, type Place } from '../testing.ts'
import { createFirewall, type DockerFirewall } from './firewall.ts'
import { chainPrefix } from './rules.ts'
import {
  createOutside,
  echoPort,
  lanPort,
  listen,
  listenOnMachine,
  type Outcomes,
  type Outside,
  probe,
  run,
  type Targets,
} from './testing.ts'

/** In an instance: tries what it is asked to, resolves names, fetches addresses, and has a port of its own. */
const program = `${probe} ${listen}
listen('0.0.0.0', 9000)
let echoing
const echoes = (host, port) => new Promise((resolve) => {
  echoing ??= require('node:net').connect({ host, port }).on('error', () => {})
  echoing.write('?')
  echoing.once('data', () => resolve(true))
  setTimeout(resolve, 1500, false)
})
require('node:http').createServer(async (request, response) => {
  const { targets = {}, names = [], urls = [], echo } = JSON.parse(decodeURIComponent(request.url.slice(1)))
  const say = (promise) => promise.then(String, (error) => (error.cause ?? error).code ?? String(error))
  const lookup = (name) => say(require('node:dns/promises').lookup(name).then(({ address }) => address))
  const get = (url) => say(fetch(url).then(async (answer) => answer.status + ' ' + await answer.text()))
  const all = async (keys, work) => Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await work(key)])))
  const addresses = Object.values(require('node:os').networkInterfaces()).flat().map(({ address }) => address)
  const echoed = echo && await echoes(...echo.split(' '))
  response.end(JSON.stringify({ targets: await probe(targets), names: await all(names, lookup), urls: await all(urls, get), addresses, echoed }))
}).listen(process.env.PORT)`

type Asked = { targets?: Targets; names?: string[]; urls?: string[]; echo?: string }
type Answered = { targets: Outcomes; names: Outcomes; urls: Outcomes; addresses: string[]; echoed?: boolean }

await describeWithDocker('what instances reach', ({ socket }) => {
  let pool: string
  /** Of a program that has it on all addresses: instances do not get to it, but to the router. */
  let platformPort: number
  let place: Place
  let runtime: Runtime
  let outside: Outside
  let machine: Awaited<ReturnType<typeof listenOnMachine>>
  let proxy: typeof machine
  let firewall: DockerFirewall
  let router: Router
  let upstream: Server
  const instances: Record<string, Extract<Instance, { state: 'running' }>> = {}
  const networks: Record<string, InstanceNetwork> = {}
  let before: Answered

  const networkOf = (name: string, index: number): InstanceNetwork => {
    const subnet = subnetAt(pool, index) ?? expect.fail('no subnet')
    return { id: newId('ns'), ...subnet, egress: name !== 'shut' }
  }
  const addressOf = (name: string) => instances[name]?.address.host ?? expect.fail(`no instance ${name}`)
  const gatewayOf = (name: string) => networks[name]?.gateway ?? expect.fail(`no network ${name}`)
  async function ask(name: string, asked: Asked): Promise<Answered> {
    const { host, port } = instances[name]?.address ?? expect.fail(`no instance ${name}`)
    const answer = await fetch(`http://${host}:${port}/${encodeURIComponent(JSON.stringify(asked))}`)
    return (await answer.json()) as Answered
  }
  const reach = async (name: string, targets: Targets) => (await ask(name, { targets })).targets
  /** Everything that must not be reached. */
  const forbidden = (from: string): Targets => ({
    'a port of the machine at the gateway': `tcp ${gatewayOf(from)} ${machine.port}`,
    'a port of the machine at the gateway by UDP': `udp ${gatewayOf(from)} ${machine.port}`,
    'a port of the machine at its own address': `tcp ${machine.address} ${machine.port}`,
    'a port of the machine at its own address by UDP': `udp ${machine.address} ${machine.port}`,
    'a private network': `tcp ${outside.lan} ${lanPort}`,
    'a private network by UDP': `udp ${outside.lan} ${lanPort}`,
    'a network of a provider': `tcp ${outside.shared} ${lanPort}`,
    'the metadata address': `tcp ${outside.metadata} ${lanPort}`,
    'the gateway of another namespace': `tcp ${gatewayOf(from === 'owl' ? 'fox' : 'owl')} ${machine.port}`,
    'the router of another namespace': `tcp ${gatewayOf(from === 'owl' ? 'fox' : 'owl')} 80`,
    'the router of another namespace at its own port': `tcp ${gatewayOf(from === 'owl' ? 'fox' : 'owl')} ${insidePorts.http}`,
  })
  const refused = (targets: Targets) => Object.fromEntries(Object.keys(targets).map((name) => [name, 'refused']))
  const elsewhere = () => ({ 'the other instance': `tcp ${addressOf('owl')} 9000`, 'the same by UDP': `udp ${addressOf('owl')} 9000` })
  const internet = () => ({ tcp: `tcp ${outside.internet} ${lanPort}`, udp: `udp ${outside.internet} ${lanPort}` })

  beforeAll(async () => {
    place = await createPlace(socket, { isolation: true })
    outside = await createOutside()
    pool = outside.pool
    machine = await listenOnMachine()
    proxy = await listenOnMachine()
    platformPort = proxy.port
    runtime = await place.open()
    Object.assign(networks, { fox: networkOf('fox', 0), owl: networkOf('owl', 1), shut: networkOf('shut', 2) })
    const artifact = await place.artifact({ 'main.js': program })
    for (const [name, network] of [...Object.entries(networks), ['fox2', networks.fox] as const]) {
      if (!network) continue
      const spec = place.spec({ artifact, command: ['node', 'main.js'], network })
      const instance = await runtime.apply(spec)
      if (instance.state !== 'running') throw new Error(`${name} does not run`)
      instances[name] = instance
      await waitFor(`${name} answers`, () =>
        ask(name, {}).then(
          () => true,
          () => false,
        ),
      )
    }
    before = await ask('fox', { targets: forbidden('fox') })

    upstream = createServer((request, response) => response.end(`${request.headers.host} ${request.headers['x-forwarded-for']}`)).listen(
      0,
      '127.0.0.1',
    )
    const routes = createTestRoutes()
    const state = join(place.directory, '..')
    router = createRouter({
      ...{ host: '127.0.0.1', port: 0, domain: 'localhost', publicUrl: 'http://localhost', trustedProxies: [], loopbackOnly: true },
      ...{ controlSocket: '/nowhere', consoleSocket: '/nowhere', stateDirectory: join(state, 'router'), routes, log: testLog },
      inside: { ports: insidePorts, resolvers: () => [] },
    })
    await router.listen()
    const wire = httpRoute('hello', [(upstream.address() as AddressInfo).port], { namespace: 'fox', public: false })
    routes.push({ snapshot: true, namespaces: Object.entries(networks).map(([name, network]) => ({ name, ...network })), routes: [wire] })
    for (const name of Object.keys(networks)) await waitFor(`the doors of ${name}`, () => isAnswered(gatewayOf(name), insidePorts))

    firewall = createFirewall({ installation: place.installation, pool, port: platformPort, buildBridge: 'mct-none', egressAllow: [] })
    await firewall.apply({ closed: [networks.shut?.subnet ?? ''] })
  }, 120_000)

  afterAll(async () => {
    await firewall?.remove()
    await router?.close(0)
    upstream?.close()
    machine?.close()
    proxy?.close()
    await place?.dispose()
    await outside?.dispose()
  }, 60_000)

  test('without the firewall would be the machine, its private networks and the metadata address', () => {
    expect(before.targets).toMatchObject({
      'a port of the machine at the gateway': 'open',
      'a port of the machine at the gateway by UDP': 'open',
      'a port of the machine at its own address': 'open',
      'a port of the machine at its own address by UDP': 'open',
      'a private network': 'open',
      'a private network by UDP': 'open',
      'a network of a provider': 'open',
      'the metadata address': 'open',
      'the gateway of another namespace': 'open',
    })
  })

  test.for(['fox', 'owl', 'shut'])('is none of that (%s)', async (name) => {
    expect(await reach(name, forbidden(name))).toEqual(refused(forbidden(name)))
  })

  test('is no other namespace', async () => {
    expect(await reach('fox', elsewhere())).toEqual(refused(elsewhere()))
  })

  test('is each other', async () => {
    expect(await reach('fox', { a: `tcp ${addressOf('fox2')} 9000`, b: `udp ${addressOf('fox2')} 9000` })).toEqual({ a: 'open', b: 'open' })
  })

  test('is the internet, unless the namespace is closed', async () => {
    expect(await reach('fox', internet())).toEqual({ tcp: 'open', udp: 'open' })
    expect(await reach('shut', internet())).toEqual(refused(internet()))
  })

  test('is the router, by its address and by the names of services, whatever else has its ports', async () => {
    const [peer, gateway] = [addressOf('fox2'), gatewayOf('fox')]
    const expected = {
      'http://hello.internal/': `200 hello.internal ${peer}`,
      [`http://hello.internal:${platformPort}/`]: `200 hello.internal:${platformPort} ${peer}`,
      [`http://${gateway}/hello`]: `200 ${gateway} ${peer}`,
      [`http://${gateway}:${platformPort}/hello`]: `200 ${gateway}:${platformPort} ${peer}`,
    }
    const { urls, names } = await ask('fox2', { urls: Object.keys(expected), names: ['hello.internal', 'api.internal', 'owls.internal'] })
    expect(urls).toEqual(expected)
    expect(names).toEqual({ 'hello.internal': gateway, 'api.internal': gateway, 'owls.internal': 'ENOTFOUND' })
    expect((await ask('owl', { names: ['hello.internal'] })).names).toEqual({ 'hello.internal': 'ENOTFOUND' })
  })

  test('is nothing by IPv6, which instances do not have', async () => {
    expect((await ask('fox', {})).addresses.filter((address) => address.includes(':') && address !== '::1')).toEqual([])
  })

  test('changes at once when a namespace is closed or opened, for what is connected too', async () => {
    const { fox, shut } = networks
    const connected = () => ask('fox', { echo: `${outside.internet} ${echoPort}` })
    expect(await connected()).toMatchObject({ echoed: true })
    await firewall.apply({ closed: [fox?.subnet ?? ''] })
    expect([await reach('fox', internet()), await reach('shut', internet())]).toEqual([refused(internet()), { tcp: 'open', udp: 'open' }])
    expect(await connected()).toMatchObject({ echoed: false })
    expect(await reach('fox', { a: `tcp ${addressOf('fox2')} 9000` })).toEqual({ a: 'open' })
    await firewall.apply({ closed: [shut?.subnet ?? ''] })
    expect([await reach('fox', internet()), await reach('shut', internet())]).toEqual([{ tcp: 'open', udp: 'open' }, refused(internet())])
  })

  test('is what the operator allows, but never the metadata address or another namespace', async () => {
    const options = { installation: place.installation, pool, port: platformPort, buildBridge: 'mct-none' }
    await createFirewall({ ...options, egressAllow: [outside.lanNetwork, '169.254.0.0/16', '10.192.0.0/12', machine.address] }).apply({
      closed: [],
    })
    const open = [
      'a private network',
      'a private network by UDP',
      'a port of the machine at its own address',
      'a port of the machine at its own address by UDP',
    ]
    const expected = Object.fromEntries(Object.keys(forbidden('fox')).map((name) => [name, open.includes(name) ? 'open' : 'refused']))
    expect(await reach('fox', { ...forbidden('fox'), ...elsewhere() })).toEqual({ ...expected, ...refused(elsewhere()) })
    await firewall.apply({ closed: [networks.shut?.subnet ?? ''] })
    expect(await reach('fox', forbidden('fox'))).toEqual(refused(forbidden('fox')))
  })

  describe('stays so', () => {
    /** Of this installation: others set rules on this machine meanwhile. */
    const rules = async () => (await run('iptables-save')).split('\n').filter((line) => line.includes(chainPrefix(place.installation)))

    test('when the rules are set again, which changes nothing', async () => {
      const once = await rules()
      await Promise.all([
        firewall.apply({ closed: [networks.shut?.subnet ?? ''] }),
        firewall.apply({ closed: [networks.shut?.subnet ?? ''] }),
      ])
      expect(await rules()).toEqual(once)
    })

    test('when somebody throws them away or puts others before them', async () => {
      const [jump] = (await rules()).filter((rule) => rule.startsWith('-A DOCKER-USER -s'))
      await run('iptables', ...(jump ?? '').replace('-A', '-D').split(' '))
      await run('iptables', '-I', 'INPUT', '-i', 'mcr-nobody', '-j', 'ACCEPT')
      expect(await reach('fox', { lan: `tcp ${outside.lan} ${lanPort}` })).toEqual({ lan: 'open' })
      try {
        await firewall.apply({ closed: [networks.shut?.subnet ?? ''] })
        expect(await reach('fox', forbidden('fox'))).toEqual(refused(forbidden('fox')))
        const input = await run('iptables', '-S', 'INPUT')
        expect(input.indexOf(chainPrefix(place.installation))).toBeLessThan(input.indexOf('mcr-nobody'))
      } finally {
        await run('iptables', '-D', 'INPUT', '-i', 'mcr-nobody', '-j', 'ACCEPT')
      }
    })

    test('until they are removed, and then nothing is left of them', async () => {
      await firewall.remove()
      await firewall.remove()
      expect(await rules()).toEqual([])
      expect(await run('ip6tables-save')).not.toContain(chainPrefix(place.installation))
      expect(await run('iptables', '-S', 'DOCKER-USER')).toContain('-A DOCKER-USER -j RETURN')
      await firewall.apply({ closed: [networks.shut?.subnet ?? ''] })
      expect((await rules()).length).toBeGreaterThan(0)
    })
  })
})
