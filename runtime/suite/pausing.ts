import { describe, expect, test } from 'vitest'
import type { Driver } from './helpers.ts'

export function pausing(driver: Driver): void {
  describe('pausing', () => {
    test('a paused instance does nothing until it is resumed, and removing one lets it end by itself', async () => {
      const { id } = await driver.start({ command: ['node', 'drain.mjs'] })
      await driver.answer(id)
      await driver.runtime.pause(id)
      await driver.runtime.pause(id)
      expect((await driver.find(id))?.state).toBe('running')
      const asked = driver.answer(id)
      const silent = Symbol('no answer')
      expect(await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 150, silent))])).toBe(silent)
      await driver.runtime.resume(id)
      expect(await asked).toBe('')
      await driver.runtime.pause(id)
      const lines = driver.read(id, () => false)
      await driver.runtime.remove(id, { graceMs: 20_000 })
      expect((await lines).at(-1)?.text).toBe('drained')
    })
  })
}
