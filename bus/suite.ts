import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bus, BusMessage } from './bus.ts'

export type BusFixture = {
  bus: Bus
  /** A bus of another process: its messages come all the same. */
  other: Bus
  /** Cuts the bus's connections, as a restart of what carries them does. */
  cut(): Promise<void>
  close(): Promise<void>
}

/** What every implementation of Bus must do. */
export function busSuite(name: string, create: () => Promise<BusFixture>): void {
  describe(`bus: ${name}`, () => {
    let fixture: BusFixture
    let signal: AbortSignal
    let leave: () => void

    beforeEach(async () => {
      fixture = await create()
      const left = new AbortController()
      signal = left.signal
      leave = () => left.abort()
    })
    afterEach(async () => {
      leave()
      await fixture.close()
    })

    /** A subscription in force, past its first `undefined`. */
    async function subscribe(bus: Bus, channel: string) {
      const values = bus.subscribe(channel, { signal })[Symbol.asyncIterator]()
      expect(await values.next()).toEqual({ done: false, value: undefined })
      return { next: async (): Promise<BusMessage | undefined> => (await values.next()).value, end: () => values.next() }
    }

    test('says first that something may have been missed, and gives what comes from then on', async () => {
      const { next } = await subscribe(fixture.bus, 'news')
      await fixture.bus.publish('news', { number: 1 })
      await fixture.other.publish('news', { text: 'ü', none: null, yes: true })
      expect(await next()).toEqual({ number: 1 })
      expect(await next()).toEqual({ text: 'ü', none: null, yes: true })
    })

    test('keeps the order of one publisher', async () => {
      const { next } = await subscribe(fixture.bus, 'news')
      for (let number = 0; number < 200; number++) await fixture.other.publish('news', { number })
      for (let number = 0; number < 200; number++) expect(await next()).toEqual({ number })
    })

    test('keeps the order of messages that one publisher does not wait for', async () => {
      const { next } = await subscribe(fixture.bus, 'news')
      await Promise.all(Array.from({ length: 50 }, (_, number) => fixture.other.publish('news', { number })))
      for (let number = 0; number < 50; number++) expect(await next()).toEqual({ number })
    })

    test('gives every subscriber of a channel its messages, and nobody those of another', async () => {
      const [first, second, elsewhere] = await Promise.all([
        subscribe(fixture.bus, 'news'),
        subscribe(fixture.other, 'news'),
        subscribe(fixture.bus, 'news:of:others'),
      ])
      await fixture.bus.publish('news', { number: 1 })
      await fixture.bus.publish('news:of:others', { number: 2 })
      expect(await Promise.all([first.next(), second.next(), elsewhere.next()])).toEqual([{ number: 1 }, { number: 1 }, { number: 2 }])
    })

    test.each(['listening', 'error', '__proto__', 'with "quotes"', 'ü'])('a channel may be called %s', async (channel) => {
      const { next } = await subscribe(fixture.bus, channel)
      await fixture.other.publish(channel, { number: 1 })
      expect(await next()).toEqual({ number: 1 })
    })

    test('takes messages of 7,000 bytes and refuses larger ones', async () => {
      const { next } = await subscribe(fixture.bus, 'news')
      const long = { text: 'ü'.repeat(3_480) }
      await fixture.bus.publish('news', long)
      expect(await next()).toEqual(long)
      await expect(fixture.bus.publish('news', { text: 'ü'.repeat(3_500) })).rejects.toMatchObject({ code: 'invalid_argument' })
    })

    test('ends a subscription at once when its signal aborts, while it waits and while it has values', async () => {
      const waiting = await subscribe(fixture.bus, 'news')
      const full = await subscribe(fixture.bus, 'more news')
      await fixture.bus.publish('more news', { number: 1 })
      const ending = waiting.end()
      leave()
      expect(await ending).toEqual({ done: true, value: undefined })
      for (let result = await full.end(); !result.done; result = await full.end());
    })

    test('a subscription whose signal has aborted already gives nothing', async () => {
      leave()
      const values = fixture.bus.subscribe('news', { signal })[Symbol.asyncIterator]()
      expect(await values.next()).toEqual({ done: true, value: undefined })
    })

    test('says that something may have been missed after its connection was cut, and goes on', async () => {
      const { next } = await subscribe(fixture.bus, 'news')
      await fixture.cut()
      await fixture.other.publish('news', { lost: true })
      for (let value = await next(); value !== undefined; value = await next()) expect(value).toEqual({ lost: true })
      await fixture.other.publish('news', { number: 1 })
      await fixture.bus.publish('news', { number: 2 })
      const heard = [await next(), await next()]
      expect(heard).toEqual([{ number: 1 }, { number: 2 }])
    })

    test('publishes though its connection was cut just now', async () => {
      const { next } = await subscribe(fixture.other, 'news')
      await fixture.bus.publish('news', { number: 1 })
      await fixture.cut()
      await fixture.bus.publish('news', { number: 2 })
      expect([await next(), await next()]).toEqual([{ number: 1 }, { number: 2 }])
    })

    test('ends all subscriptions when it is closed', async () => {
      const { end } = await subscribe(fixture.bus, 'news')
      const ending = end()
      await fixture.bus.close()
      expect(await ending).toEqual({ done: true, value: undefined })
    })
  })
}
