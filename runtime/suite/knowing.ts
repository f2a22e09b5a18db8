import { describe, expect, test } from 'vitest'
import type { Instance } from '../runtime.ts'
import type { Driver } from './helpers.ts'

export function knowing(driver: Driver): void {
  describe('knowing', () => {
    test('watch begins with what exists and tells each change', async () => {
      const { id } = await driver.start({ command: ['node', 'drain.mjs'] })
      const states: string[] = []
      for await (const instance of driver.runtime.watch({ signal: AbortSignal.timeout(20_000) })) {
        if (instance.id !== id) continue
        states.push(instance.state)
        if (instance.state === 'exited') break
        await driver.answer(id, '/exit')
      }
      expect(states).toEqual(['running', 'exited'])
    })

    test('watch ends when the signal aborts', async () => {
      const abort = new AbortController()
      const seen: Instance[] = []
      const watching = (async () => {
        for await (const instance of driver.runtime.watch({ signal: abort.signal })) seen.push(instance)
      })()
      abort.abort()
      await watching
      expect(seen).toEqual([])
    })

    test('listening tells the addresses, of children too', async () => {
      const { id } = await driver.start({ command: 'node child.mjs & exec node child.mjs' })
      const ports = await driver.texts(id, 2)
      const listening = (await driver.runtime.listening(id)).map(({ host, port }) => `${host}:${port}`)
      expect(listening.sort()).toEqual(ports.map((port) => `0.0.0.0:${port}`).sort())
    })

    test('two instances never get the same address', async () => {
      const specs = await Promise.all(Array.from({ length: 8 }, () => driver.start({ command: 'exec sleep 60' })))
      const instances = await Promise.all(specs.map(({ id }) => driver.running(id)))
      expect(new Set(instances.map(({ address }) => `${address.host}:${address.port}`)).size).toBe(specs.length)
    })

    test('stats tell what a running instance uses, and nothing of one that has ended', async () => {
      const { id } = await driver.start({ command: ['node', 'busy.mjs'] })
      await driver.texts(id, 1)
      const first = await driver.runtime.stats(id)
      expect(first?.cpuMs).toBeGreaterThanOrEqual(100)
      expect(first?.memoryBytes).toBeGreaterThan(5 * 2 ** 20)
      expect(first?.processes).toBeGreaterThanOrEqual(1)
      const ended = await driver.start({ command: 'exit 0' })
      await driver.exited(ended.id)
      expect(await driver.runtime.stats(ended.id)).toBeUndefined()
    })

    test('another driver on the same state finds what runs, what ended and what waits', async () => {
      const running = await driver.start()
      const ended = await driver.start({ command: 'echo last words; exit 8' })
      const waiting = await driver.start({ command: 'exit 9', restart: 'always' })
      const [before] = await driver.read(ended.id, (all) => all.length >= 1)
      await driver.exited(ended.id)
      await driver.until(waiting.id, ({ state }) => state === 'backoff')
      const was = await driver.find(running.id)

      await driver.reopen()

      expect(await driver.find(running.id)).toEqual(was)
      expect(await driver.answer(running.id)).toBe('hello')
      expect(await driver.find(ended.id)).toMatchObject({ state: 'exited', exit: { code: 8 } })
      expect(await driver.read(ended.id, (all) => all.length >= 1)).toEqual([before])
      await driver.until(waiting.id, ({ restarts }) => restarts > 0)
    })

    test('an adopted instance is watched: its exit code and its last lines arrive', async () => {
      const { id } = await driver.start({ command: ['node', 'drain.mjs'] })
      const [ready] = await driver.read(id, (all) => all.length >= 1)

      await driver.reopen()

      await driver.answer(id, '/exit')
      expect((await driver.exited(id)).exit.code).toBe(11)
      const after = await driver.read(id, (all) => all.length >= 1, { after: ready?.cursor })
      expect(after.map(({ text }) => text)).toEqual(['asked to exit'])
    })
  })
}
