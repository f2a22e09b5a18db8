import { expect, test } from 'vitest'
import { contains, overlap, parseNetwork } from './ipv4.ts'
import { parsePool, poolSize, subnetAt } from './network-pool.ts'

const pool = '10.208.0.0/12'

test('each number of a pool is a network with its first address for the platform', () => {
  expect(poolSize(pool)).toBe(4096)
  expect(subnetAt(pool, 0)).toEqual({ subnet: '10.208.0.0/24', gateway: '10.208.0.1' })
  expect(subnetAt(pool, 7)).toEqual({ subnet: '10.208.7.0/24', gateway: '10.208.7.1' })
  expect(subnetAt(pool, 300)).toEqual({ subnet: '10.209.44.0/24', gateway: '10.209.44.1' })
  expect(subnetAt(pool, 4095)).toEqual({ subnet: '10.223.255.0/24', gateway: '10.223.255.1' })
  expect(subnetAt('192.168.9.0/24', 0)).toEqual({ subnet: '192.168.9.0/24', gateway: '192.168.9.1' })
})

test('a pool has no network beyond its last', () => {
  for (const index of [-1, 0.5, 4096, Number.NaN]) expect(subnetAt(pool, index)).toBeUndefined()
  expect(subnetAt('192.168.9.0/24', 1)).toBeUndefined()
})

test.for(['10.208.0.0', '10.208.0.0/25', '0.0.0.0/7', '10.208.0.0/33', '10.209.0.0/12', 'fd00::/8', '10.208.0.0/12/1', '10.208/12', ''])(
  '%j is no pool',
  (text) => expect(parsePool(text)).toBeUndefined(),
)

const network = (text: string) => parseNetwork(text) ?? expect.fail(`${text} is no network`)

test('networks know what is in them', () => {
  expect(contains(network('10.208.7.0/24'), '10.208.7.255')).toBe(true)
  expect(contains(network('10.208.7.0/24'), '10.208.8.0')).toBe(false)
  expect(contains(network('0.0.0.0/0'), '255.255.255.255')).toBe(true)
  expect(contains(network('10.208.7.0/24'), '::ffff:10.208.7.9')).toBe(false)
  expect(contains(network('200.1.2.3'), '200.1.2.3')).toBe(true)
})

test('networks overlap when one holds a part of the other', () => {
  expect(overlap(network(pool), network('10.0.0.0/8'))).toBe(true)
  expect(overlap(network('10.0.0.0/8'), network('10.223.255.255'))).toBe(true)
  expect(overlap(network(pool), network('10.224.0.0/12'))).toBe(false)
  expect(overlap(network(pool), network('10.192.0.0/12'))).toBe(false)
})
