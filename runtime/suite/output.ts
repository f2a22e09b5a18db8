import { describe, expect, test } from 'vitest'
import { newId } from '../../lib/ids.ts'
import type { LogLine } from '../runtime.ts'
import type { Driver } from './helpers.ts'

export function output(driver: Driver): void {
  describe('output', () => {
    test('both streams come line by line with their time, each in its order, also a last line without its end', async () => {
      const before = Date.now()
      const { id } = await driver.start({ command: 'echo out; echo err >&2; printf "no end"' })
      const lines = await driver.read(id, (all) => all.length >= 3)
      const texts = lines.map(({ text }) => text)
      expect(texts.filter((text) => text !== 'err')).toEqual(['out', 'no end'])
      expect(texts).toContain('err')
      for (const { at } of lines) expect(at.getTime()).toBeGreaterThanOrEqual(before - 1000)
    })

    test('reading goes on from a cursor without loss or duplicate while lines are written', async () => {
      const { id } = await driver.start({ command: 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done' })
      const lines: LogLine[] = []
      while (lines.length < 5000) {
        const after = lines.at(-1)?.cursor
        const want = Math.min(700, 5000 - lines.length)
        lines.push(...(await driver.read(id, (all) => all.length >= want, { after })))
      }
      expect(lines.map(({ text }) => text)).toEqual(Array.from({ length: 5000 }, (_, i) => `line ${i}`))
    })

    test('a line has the same time and cursor whenever it is read', async () => {
      const { id } = await driver.start({ command: 'echo one; echo two' })
      await driver.exited(id)
      const first = await driver.read(id, (all) => all.length >= 2)
      expect(await driver.read(id, (all) => all.length >= 2)).toEqual(first)
    })

    test('lines come live, without waiting for the end of the instance', async () => {
      const { id } = await driver.start({ command: 'echo early; exec sleep 60' })
      expect(await driver.texts(id, 1)).toEqual(['early'])
      expect((await driver.find(id))?.state).toBe('running')
    })

    test('bytes that are not UTF-8 become U+FFFD and do no harm', async () => {
      const { id } = await driver.start({ command: ['node', 'binary.mjs'] })
      expect(await driver.texts(id, 2)).toEqual(['a\u{fffd}\u{fffd}\0b', 'after'])
    })

    test('very long lines are split at 16 KiB, never inside a character', async () => {
      const { id } = await driver.start({ command: ['node', 'long.mjs'] })
      const lines = await driver.read(id, (all) => all.at(-1)?.text === 'after')
      const pieces = lines.slice(0, -1).map(({ text }) => text)
      expect(pieces.join('')).toBe(`x${'é'.repeat(40_000)}`)
      for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(16 * 1024)
      expect(pieces).toHaveLength(5)
    })

    test('reading ends when the instance is removed and all was read', async () => {
      const { id } = await driver.start({ command: 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done' })
      const texts: string[] = []
      for await (const { text } of driver.runtime.logs(id, { signal: AbortSignal.timeout(20_000) })) {
        texts.push(text)
        if (text === 'ready') void driver.runtime.remove(id, { graceMs: 10_000 })
      }
      // The shell itself may remark that `sleep` was terminated, on its other stream: before or after.
      expect(texts.filter((text) => !text.includes('Terminated'))).toEqual(['ready', 'bye'])
    })

    test('reading ends when the signal aborts', async () => {
      const { id } = await driver.start({ command: 'exec sleep 60' })
      const abort = new AbortController()
      const reading = driver.read(id, () => false, { signal: abort.signal })
      abort.abort()
      expect(await reading).toEqual([])
    })

    test('an instance that does not exist has no output', async () => {
      await expect(driver.read(newId('ins'), () => true)).rejects.toMatchObject({ code: 'not_found' })
    })
  })
}
