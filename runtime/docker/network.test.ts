import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../lib/log.ts'
import { describeWithDocker } from '../../testing/docker.ts'
import type { InstanceNetwork, InstanceSpec, Runtime } from '../runtime.ts'
import { bridgeName, networkName, ours } from './labels.ts'
import { Networks } from './network.ts'
import { createPlace, jsonOf, type Place, textsOf } from './testing.ts'

await describeWithDocker('the network of a namespace', ({ socket }) => {
  let place: Place
  let runtime: Runtime
  /** Of a range that nobody else on this machine uses. */
  const range = `10.${randomInt(224, 256)}`
  let count = 0
  beforeAll(async () => {
    place = await createPlace(socket)
    runtime = await place.open()
  })
  afterEach(async () => {
    await Promise.all((await runtime.list()).map(({ id }) => runtime.remove(id, { graceMs: 0 })))
  })
  afterAll(() => place?.dispose())

  const network = (): InstanceNetwork => {
    const subnet = `${range}.${randomInt(0, 250)}`
    return { id: `ns_${count++}`, subnet: `${subnet}.0/24`, gateway: `${subnet}.1`, egress: true }
  }
  const start = async (changes: Partial<InstanceSpec>) => {
    const instance = await runtime.apply(place.spec(changes))
    if (instance.state !== 'running') throw new Error('it did not start')
    return instance
  }
  const inspect = (wanted: InstanceNetwork) => place.engine.docker.getNetwork(networkName(place.installation, wanted.id)).inspect()
  const names = async () => (await place.engine.docker.listNetworks({ filters: ours(place.installation) })).map(({ Name }) => Name)

  test('is made with its subnet, gateway and a bridge of a known name, and instances are in it', async () => {
    const wanted = network()
    const { address } = await start({ network: wanted })
    expect(address.host.startsWith(wanted.subnet.replace(/0\/24$/, ''))).toBe(true)
    const { IPAM, Options } = await inspect(wanted)
    expect(IPAM?.Config).toEqual([{ Subnet: wanted.subnet, Gateway: wanted.gateway }])
    expect(Options?.['com.docker.network.bridge.name']).toBe(bridgeName(networkName(place.installation, wanted.id)))
  })

  test('lets its instances reach each other, and has names asked at its gateway', async () => {
    const wanted = network()
    const server = await start({
      network: wanted,
      command: ['node', '-e', `require('http').createServer((q, r) => r.end('hi')).listen(8080, () => console.log('up'))`],
    })
    await textsOf(runtime, server.id, 1)
    const asked = await startDns(wanted.gateway)
    try {
      const program = `
        import dns from 'node:dns/promises'
        const answer = await fetch('http://${server.address.host}:8080').then((response) => response.text())
        const found = await dns.resolve4('shop.internal')
        console.log(JSON.stringify({ answer, found }))`
      const { id } = await start({ network: wanted, command: ['node', '--input-type=module', '-e', program] })
      expect(await jsonOf(runtime, id)).toEqual({ answer: 'hi', found: ['192.0.2.7'] })
    } finally {
      asked.close()
    }
  })

  test('that overlaps with another is refused in plain words', async () => {
    const wanted = network()
    await start({ network: wanted })
    await expect(start({ network: { ...wanted, id: 'ns_other' } })).rejects.toMatchObject({
      code: 'failed_precondition',
      message: `The network ${wanted.subnet} of this namespace overlaps with another one of this machine.`,
      details: { reason: 'NETWORK_TAKEN', hint: expect.stringContaining('MICRO_NETWORK_POOL') },
    })
  })

  test('with another subnet than before replaces the one of before, when nothing is in it', async () => {
    const before = network()
    await start({ network: before })
    await runtime.remove((await runtime.list())[0]?.id ?? '', { graceMs: 0 })
    await runtime.close()
    const networks = new Networks(place.engine, place.installation, createLog('test', 'silent'))
    await networks.ensure(before)
    const after = { ...network(), id: before.id }
    runtime = await place.open()
    await start({ network: after })
    expect((await inspect(after)).IPAM?.Config?.[0]?.Subnet).toBe(after.subnet)
  })

  test('is taken away when nothing has used it for a while, and is made again', async () => {
    const networks = new Networks(place.engine, place.installation, createLog('test', 'silent'))
    const [used, idle] = [network(), network()]
    const [usedName, idleName] = [await networks.ensure(used), await networks.ensure(idle)]
    const minute = 60_000
    await networks.sweep(new Set([usedName]), 0)
    await networks.sweep(new Set([usedName]), 9 * minute)
    expect(await names()).toEqual(expect.arrayContaining([usedName, idleName]))
    await networks.sweep(new Set([usedName]), 10 * minute)
    expect(await names()).not.toContain(idleName)
    await networks.ensure(idle)
    expect(await names()).toContain(idleName)
  })
})

/** A DNS that says 192.0.2.7 to everybody. */
async function startDns(host: string): Promise<{ close(): void }> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    const question = query.subarray(12, query.indexOf(0, 12) + 5)
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7])
    socket.send(Buffer.concat([header, question, answer]), port, address)
  })
  socket.bind(53, host)
  await once(socket, 'listening')
  return { close: () => socket.close() }
}
