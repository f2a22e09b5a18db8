import { expect, test } from 'vitest'
import { type LogSource, readLogs } from './logs.ts'

type Message = { ms: number; text: string; stream?: number }

/** As the engine frames it. */
function framesOf(messages: readonly Message[]): Uint8Array[] {
  return messages.map(({ ms, text, stream = 1 }) => {
    const body = Buffer.from(`${new Date(ms).toISOString()} ${text}\n`)
    const header = Buffer.alloc(8)
    header[0] = stream
    header.writeUInt32BE(body.length, 4)
    return Buffer.concat([header, body])
  })
}

/** A log that ends once it was followed to its end. */
function sourceOf(kept: readonly Message[], followed: readonly Message[], afterwards: readonly Message[]): LogSource {
  let isOver = false
  return {
    async open({ follow }) {
      if (!follow)
        return (async function* () {
          yield* framesOf(isOver ? afterwards : kept)
        })()
      isOver = true
      return (async function* () {
        yield* framesOf(followed)
      })()
    },
    run: () => 'first',
    ended: () => isOver,
    changed: async () => undefined,
  }
}

async function textsOf(source: LogSource): Promise<string[]> {
  const texts = []
  for await (const { text } of readLogs(source, { signal: AbortSignal.timeout(5_000) })) texts.push(text)
  return texts
}

const a = { ms: 1_000_000_001_000, text: 'a' }
const b = { ms: 1_000_000_002_000, text: 'b' }
const c = { ms: 1_000_000_003_000, text: 'c' }
const d = { ms: 1_000_000_004_000, text: 'd' }

test.each([
  ['several lines', [a, b, c, b, c, d]],
  ['one line', [a, b, c, c, d]],
  ['everything', [a, b, c, a, b, c, d]],
])('%s that an engine gives again while it follows are given once', async (_, followed) => {
  expect(await textsOf(sourceOf([], followed, [a, b, c, d]))).toEqual(['a', 'b', 'c', 'd'])
})

test('lines of the two streams that overtake each other are all given', async () => {
  const all = [a, { ...c, stream: 2 }, b, d]
  expect(await textsOf(sourceOf([], all, all))).toEqual(['a', 'c', 'b', 'd'])
})

test('what following missed at its end is read afterwards', async () => {
  expect(await textsOf(sourceOf([a], [a, b], [a, b, c, d]))).toEqual(['a', 'b', 'c', 'd'])
})
