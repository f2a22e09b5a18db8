import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildResolvers, createDestinations } from './destinations.ts'

test('resolvers of builds are those of both files but for those on loopback, which no build reaches', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'micro-resolvers-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const [first, second] = [join(directory, 'a'), join(directory, 'b')]
  await writeFile(first, '# nameserver 9.9.9.9\nsearch example.com\nnameserver 127.0.0.53\nnameserver\t10.0.0.2\noptions edns0\n')
  await writeFile(second, 'nameserver 10.0.0.2\n nameserver fd00::53\nnameserver ::1\nnameserver nonsense')
  expect(await buildResolvers([first, second, join(directory, 'none')])).toEqual(['10.0.0.2', 'fd00::53'])
})

test('what the operator allows is networks as they are and hosts by their addresses; hosts that are unknown are none', async () => {
  const allowed = createDestinations(['10.9.0.0/16', 'localhost', '10.9.0.0/16', 'nowhere.invalid', 'fd12::/16'])
  const found = await allowed()
  expect(found).toEqual(expect.arrayContaining(['10.9.0.0/16', 'fd12::/16']))
  expect(found.filter((each) => each.startsWith('127.') || each === '::1').length).toBeGreaterThan(0)
  expect(new Set(found).size).toBe(found.length)
})
