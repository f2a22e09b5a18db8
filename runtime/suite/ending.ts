import { describe, expect, test } from 'vitest'
import { accepts, type Driver } from './helpers.ts'

export function ending(driver: Driver): void {
  describe('ending', () => {
    test('the exit code is kept', async () => {
      const { id } = await driver.start({ command: ['node', '-e', 'process.exit(3)'] })
      const { exit } = await driver.exited(id)
      expect(exit).toEqual({ at: expect.any(Date), code: 3 })
      expect(Math.abs(Date.now() - exit.at.getTime())).toBeLessThan(20_000)
    })

    test('the signal that ended it is kept', async () => {
      const { id } = await driver.start({ command: ['node', '-e', 'process.kill(process.pid, "SIGKILL")'] })
      expect((await driver.exited(id)).exit).toEqual({ at: expect.any(Date), signal: 'SIGKILL' })
    })

    test('with `always` it is started again after a pause that doubles', async () => {
      const { id } = await driver.start({ command: 'echo "run on $PORT"; exit 4', restart: 'always' })
      const pauses: number[] = []
      for await (const instance of driver.runtime.watch({ signal: AbortSignal.timeout(20_000) })) {
        if (instance.id !== id || instance.state !== 'backoff') continue
        expect(instance.lastExit.code).toBe(4)
        expect(instance.restarts).toBe(pauses.length)
        pauses.push(instance.retryAt.getTime() - instance.lastExit.at.getTime())
        if (pauses.length === 2) break
      }
      expect(pauses).toEqual([1000, 2000])
      expect(await driver.texts(id, 2)).toHaveLength(2)
    })

    test('with `never` it stays as it ended', async () => {
      const { id } = await driver.start({ command: 'exit 5' })
      expect(await driver.exited(id)).toMatchObject({ state: 'exited', restarts: 0, exit: { code: 5 } })
    })

    test('applying another restart policy changes only that', async () => {
      const spec = await driver.start({ command: 'exit 6' })
      await driver.exited(spec.id)
      await driver.runtime.apply({ ...spec, restart: 'always' })
      const back = await driver.until(spec.id, (instance) => instance.restarts > 0 && instance.state === 'backoff')
      expect(back).toMatchObject({ lastExit: { code: 6 } })
      expect(await driver.runtime.apply({ ...spec, restart: 'never' })).toMatchObject({ state: 'exited', exit: { code: 6 } })
    })

    test('what the main process left running goes with it', async () => {
      const { id } = await driver.start({ command: 'node child.mjs & exec node drain.mjs' })
      const port = (await driver.texts(id, 2)).find((text) => text !== 'ready')
      const child = await driver.reach(id, port)
      expect(await accepts(child)).toBe(true)
      await driver.answer(id, '/exit')
      expect((await driver.exited(id)).exit.code).toBe(11)
      expect(await driver.runtime.listening(id)).toEqual([])
      expect(await accepts(child)).toBe(false)
    })
  })
}
