import { expect, test } from 'vitest'
import { requireFreePool } from './isolation.ts'

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
