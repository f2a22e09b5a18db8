import { expect, test } from 'vitest'
import { parseNetwork } from '../../lib/ipv4.ts'
import { testLog, until } from '../testing.ts'
import { createDoors, type Door } from './doors.ts'
import type { Network } from './network.ts'

const network = (n: number, more: Partial<Network> = {}): Network => ({
  namespace: `ns-${n}`,
  subnet: parseNetwork(`10.208.${n}.0/24`) ?? expect.fail('no network'),
  gateway: `10.208.${n}.1`,
  egress: true,
  ...more,
})

/** Gateways that the machine has, and those whose doors are open. */
function start() {
  const [there, open] = [new Set<string>(), new Set<string>()]
  const state = { tries: 0, failure: 'EADDRNOTAVAIL' }
  const door = (of: () => Network): Door => ({
    name: 'door',
    async open() {
      state.tries++
      if (!there.has(of().gateway)) throw Object.assign(new Error('no'), { code: state.failure })
      open.add(of().gateway)
    },
    async close() {
      open.delete(of().gateway)
    },
  })
  const seen: (() => Network)[] = []
  const doors = createDoors({
    make: (of) => {
      seen.push(of)
      return [door(of)]
    },
    log: testLog,
  })
  return { doors, there, open, state, seen }
}

test('a door opens soon after its address is there, and others do not wait for it', async () => {
  const { doors, there, open, state } = start()
  there.add('10.208.1.1')
  doors.keep([network(1), network(2)])
  await until(() => open.has('10.208.1.1'))
  await until(() => state.tries > 4)
  expect([...open]).toEqual(['10.208.1.1'])
  there.add('10.208.2.1')
  await until(() => open.has('10.208.2.1'))
  const { tries } = state
  doors.keep([network(1), network(2)])
  doors.keep([network(1)])
  expect(state.tries).toBe(tries)
  await until(() => open.size === 1)
  await doors.close(0)
  expect(open.size).toBe(0)
})

test('an address that another program holds is tried again', async () => {
  const { doors, there, open, state } = start()
  state.failure = 'EADDRINUSE'
  doors.keep([network(1)])
  await until(() => state.tries > 1)
  there.add('10.208.1.1')
  await until(() => open.has('10.208.1.1'))
  await doors.close(0)
})

test('a network that changes keeps its doors, one that moves gets others', async () => {
  const { doors, there, open, seen } = start()
  for (const gateway of ['10.208.1.1', '10.208.7.1']) there.add(gateway)
  doors.keep([network(1)])
  await until(() => open.size === 1)
  doors.keep([network(1, { egress: false })])
  expect(seen.map((of) => of().egress)).toEqual([false])
  doors.keep([network(7, { namespace: 'ns-1' })])
  await until(() => open.has('10.208.7.1') && open.size === 1)
  await doors.close(0)
})

test('doors that are closed while they open do not stay open', async () => {
  const { doors, there, open } = start()
  there.add('10.208.1.1')
  doors.keep([network(1)])
  doors.keep([])
  await doors.close(0)
  expect(open.size).toBe(0)
})
