import { expect, onTestFinished, test } from 'vitest'
import { newId } from '../lib/ids.ts'
import { createPlace } from '../runtime/docker/testing.ts'
import { describeWithDocker } from '../testing/docker.ts'
import { removeOutsiders, requireFreePool } from './isolation.ts'

const header = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'
const routes = (...lines: string[]) => [header, ...lines].join('\n')
const anywhere = 'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0'
/** 10.210.0.0/16 */
const office = 'tun0\t0000D20A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0'
const own = 'mcr0123456789ab\t0007D00A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0'

test('a pool is refused that a route of the machine leads into', async () => {
  await expect(requireFreePool('10.208.0.0/12', routes(anywhere, office))).rejects.toMatchObject({
    code: 'failed_precondition',
    message: 'MICRO_NETWORK_POOL=10.208.0.0/12 is in use: 10.210.0.0/16 is at tun0.',
    details: { hint: expect.stringContaining('MICRO_NETWORK_POOL') },
  })
  await expect(requireFreePool('10.210.7.0/24', routes(office))).rejects.toThrow('10.210.0.0/16')
})

test('a pool that is reached by the default route, or by networks of namespaces, is free', async () => {
  await requireFreePool('10.208.0.0/12', routes(anywhere, own))
  await requireFreePool('10.64.0.0/12', routes(anywhere, office))
  await requireFreePool('10.208.0.0/12', '')
})

test('the routes of this machine can be read', async () => {
  await expect(requireFreePool('127.0.0.0/8')).resolves.toBeUndefined()
})

await describeWithDocker('instances that an earlier process left', ({ socket }) => {
  test('stay where the firewall is around them, and go elsewhere', { timeout: 60_000 }, async () => {
    const place = await createPlace(socket)
    onTestFinished(place.dispose)
    const runtime = await place.open()
    const third = Math.floor(Math.random() * 256)
    const network = { id: newId('ns'), subnet: `10.190.${third}.0/24`, gateway: `10.190.${third}.1`, egress: true }
    const inside = await runtime.apply(place.spec({ network }))
    await runtime.apply(place.spec())
    await runtime.apply(place.spec({ command: 'exit 1', restart: 'always' }))
    await removeOutsiders(runtime, '10.190.0.0/16')
    expect((await runtime.list()).map(({ id }) => id)).toEqual([inside.id])
    await removeOutsiders(runtime, '10.208.0.0/12')
    expect(await runtime.list()).toEqual([])
  })
})
