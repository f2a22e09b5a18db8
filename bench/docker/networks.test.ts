import { expect, test } from 'vitest'
import { describeWithDocker } from '../../testing/docker.ts'
import { measureNetworks } from './networks.ts'

await describeWithDocker('networks of many namespaces', ({ socket }) => {
  test('a dozen are made, answered on and closed, each about as fast as the first', { timeout: 60_000 }, async () => {
    const figures = await measureNetworks(socket, 12)
    const samples = new Map(figures.map(({ name, samples }) => [name, samples]))
    expect([...samples.values()].map(({ length }) => length)).toEqual([2, 2, 12, 1, 1, 1])
    for (const [name, all] of samples) expect([name, Math.max(...all) < 10_000]).toEqual([name, true])
  })
})
