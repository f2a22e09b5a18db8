import { describe, expect, test } from 'vitest'
import { newId } from '../../lib/ids.ts'
import { accepts, type Driver } from './helpers.ts'

export function removing(driver: Driver): void {
  describe('removing', () => {
    test('it gets SIGTERM and the time to end by itself', async () => {
      const { id } = await driver.start({ command: ['node', 'drain.mjs'] })
      await driver.texts(id, 1)
      const lines = driver.read(id, () => false)
      await driver.runtime.remove(id, { graceMs: 20_000 })
      expect((await lines).map(({ text }) => text)).toEqual(['ready', 'draining', 'drained'])
      expect(await driver.find(id)).toBeUndefined()
    })

    test('one that ignores SIGTERM is killed when its grace is over', async () => {
      const { id } = await driver.start({ command: ['node', 'stubborn.mjs'] })
      await driver.texts(id, 1)
      const { address } = await driver.running(id)
      const before = Date.now()
      await driver.runtime.remove(id, { graceMs: 300 })
      expect(Date.now() - before).toBeGreaterThanOrEqual(295)
      expect(await accepts(address)).toBe(false)
    })

    test('grandchildren go too, also in a session of their own', async () => {
      const { id } = await driver.start({ command: ['node', 'family.mjs'] })
      const addresses = await Promise.all((await driver.texts(id, 2)).map((port) => driver.reach(id, port)))
      expect(await Promise.all(addresses.map(accepts))).toEqual([true, true])
      await driver.runtime.remove(id, { graceMs: 100 })
      expect(await Promise.all(addresses.map(accepts))).toEqual([false, false])
    })

    test('removing again with less grace hurries', async () => {
      const { id } = await driver.start({ command: ['node', 'stubborn.mjs'] })
      await driver.texts(id, 1)
      const before = Date.now()
      const slow = driver.runtime.remove(id, { graceMs: 60_000 })
      await driver.runtime.remove(id, { graceMs: 0 })
      await slow
      expect(Date.now() - before).toBeLessThan(20_000)
    })

    test('a removal that was asked for is finished before the driver lets go, though the instance was just being started', async () => {
      const spec = driver.specOf()
      const starting = driver.runtime.apply(spec).catch(() => undefined) // it may hear that it was removed meanwhile
      await new Promise((resolve) => setImmediate(resolve)) // the start has begun
      const going = driver.runtime.remove(spec.id, { graceMs: 0 })
      await driver.reopen()
      await Promise.all([starting, going])
      expect(await driver.runtime.list()).toEqual([])
    })

    test('an unknown id is no error, and a removed id can be used again', async () => {
      await driver.runtime.remove(newId('ins'), { graceMs: 0 })
      const spec = await driver.start()
      const going = driver.runtime.remove(spec.id, { graceMs: 0 })
      const again = await driver.runtime.apply(spec)
      await going
      expect(again).toMatchObject({ id: spec.id, state: 'running' })
      expect(await driver.answer(spec.id)).toBe('hello')
    })

    test('one that waits to be started again is removed at once', async () => {
      const { id } = await driver.start({ command: 'exit 1', restart: 'always' })
      await driver.until(id, ({ state }) => state === 'backoff')
      await driver.runtime.remove(id, { graceMs: 60_000 })
      expect(await driver.find(id)).toBeUndefined()
    })
  })
}
