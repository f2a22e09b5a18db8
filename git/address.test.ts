import { expect, test } from 'vitest'
import { isPublicAddress, isReadableOnTheWay, resolvePublicAddress } from './address.ts'

const { signal } = new AbortController()

test.each(['8.8.8.8', '140.82.121.4', '2606:50c0:8000::153', '2a00:1450:4001:80b::200e'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each([
  ...[
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.127.255.254',
  ],
  ...['192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'fc00::1', 'fd12::1', 'fec0::1', 'ff02::1', '2001:db8::1', '100::1', '::7f00:1', '::10.0.0.1'],
  ...[
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    '4000::1',
  ],
  ...['', 'localhost', '999.1.1.1'],
])('%j is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each([
  'localhost',
  '127.0.0.1',
  '[::1]',
  '::1',
  '[::ffff:127.0.0.1]',
  '10.1.2.3',
  '169.254.169.254',
  '0x7f.1',
  '2130706433',
  '017700000001',
  'LOCALHOST.',
])('refuses %s', async (host) => {
  await expect(resolvePublicAddress(host, { allow: [], signal })).rejects.toMatchObject({
    code: 'invalid_argument',
    details: { reason: 'ADDRESS_NOT_PUBLIC' },
  })
})

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.0.0.1', '127.0.0.0/8'],
  ['[::ffff:127.0.0.1]', '127.0.0.0/8'],
  ['[::1]', '::1'],
  ['localhost', 'LocalHost'],
])('reaches %s when %s is allowed', async (host, entry) => {
  expect(await resolvePublicAddress(host, { allow: [entry], signal })).not.toEqual([])
})

test.each([
  ['10.0.0.1', '10.0.0.0/32'],
  ['10.0.0.1', 'localhost'],
  ['10.0.0.1', '::/0'],
  ['10.0.0.1', '10.0.0'],
])('does not reach %s when %s is allowed', async (host, entry) => {
  await expect(resolvePublicAddress(host, { allow: [entry], signal })).rejects.toMatchObject({ code: 'invalid_argument' })
})

test('a public address needs no permission', async () => {
  expect(await resolvePublicAddress('8.8.8.8', { allow: [], signal })).toEqual([{ address: '8.8.8.8', family: 4 }])
})

test('says that a host does not exist', async () => {
  await expect(resolvePublicAddress('no-such-host.invalid', { allow: [], signal })).rejects.toMatchObject({ code: 'unavailable' })
})

test('ends when canceled', async () => {
  await expect(resolvePublicAddress('localhost', { allow: [], signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' })
})

test.each([
  ['https://git.example.com/x', ['140.82.121.3'], false],
  ['http://git.example.com/x', ['140.82.121.3'], true],
  ['http://git.example.com/x', ['10.0.0.1', '140.82.121.3'], true],
  ['http://git.example.com/x', ['10.0.0.1'], false],
  // Nobody but a proxy knows where it leads.
  ['http://git.example.com/x', [], true],
  ['https://git.example.com/x', [], false],
])('a secret sent to %s at %j can be read on the way: %s', (url, addresses, readable) => {
  expect(
    isReadableOnTheWay(
      new URL(url),
      addresses.map((address) => ({ address, family: 4 as const })),
    ),
  ).toBe(readable)
})
