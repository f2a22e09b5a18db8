import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeWithDocker } from '../../testing/docker.ts'
import { waitFor } from '../../testing/wait-for.ts'
import type { InstanceSpec, LogLine, Runtime } from '../runtime.ts'
import { until } from '../suite/helpers.ts'
import { createPlace, type Place } from './testing.ts'

const mebibyte = 2 ** 20

await describeWithDocker('the output of a container', ({ socket }) => {
  let place: Place
  let runtime: Runtime
  beforeAll(async () => {
    place = await createPlace(socket)
    runtime = await place.open()
  })
  afterEach(async () => {
    await Promise.all((await runtime.list()).map(({ id }) => runtime.remove(id, { graceMs: 0 })))
  })
  afterAll(() => place?.dispose())

  const start = async (changes: Partial<InstanceSpec>) => {
    const spec = place.spec(changes)
    await runtime.apply(spec)
    return spec.id
  }
  const exited = (id: string) => until(runtime, id, ({ state }) => state === 'exited')
  const read = async (id: string, enough: (lines: LogLine[]) => boolean, after?: string) => {
    const lines: LogLine[] = []
    for await (const line of runtime.logs(id, { signal: AbortSignal.timeout(60_000), ...(after === undefined ? {} : { after }) })) {
      lines.push(line)
      if (enough(lines)) break
    }
    return lines
  }
  const numbers = (lines: LogLine[]) => lines.map(({ text }) => Number(text.split(' ')[0]))

  test('of which only the end is kept says so to whoever comes back later, and goes on exactly', async () => {
    const id = await start({ command: ['node', '-e', printer(200_000)] })
    const [first] = await read(id, (lines) => lines.length === 1)
    expect(first?.text).toMatch(/^0 /)
    await exited(id)
    const later = await read(id, (lines) => lines.at(-1)?.text.startsWith('199999 ') === true, first?.cursor)
    expect(later[0]?.text).toContain('output was dropped here')
    const kept = numbers(later.slice(1))
    expect(kept.length).toBeGreaterThan(20_000)
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 200_000 - kept.length + index))

    const middle = later[Math.floor(later.length / 2)]
    const rest = numbers(await read(id, (lines) => lines.at(-1)?.text.startsWith('199999 ') === true, middle?.cursor))
    expect(rest).toEqual(kept.slice(kept.length - rest.length))
    expect(rest[0]).toBe(Number(middle?.text.split(' ')[0]) + 1)
  }, 90_000)

  test('is followed over many rotations without loss by a reader that keeps up', async () => {
    const id = await start({ command: ['node', '-e', printer(100_000, 20)] })
    const lines = await read(id, (all) => all.length === 100_000)
    expect(numbers(lines).findIndex((number, index) => number !== index)).toBe(-1)
    expect(new Set(lines.map(({ cursor }) => cursor)).size).toBe(lines.length)
  }, 90_000)

  test('takes little memory here, however much there is of it', async () => {
    const id = await start({
      command: [
        'node',
        '-e',
        `const line = 'x'.repeat(1023) + '\\n'; const block = line.repeat(1024)
      const more = (left) => left > 0 && process.stdout.write(block, () => more(left - 1)); more(1024)`,
      ],
    })
    const before = process.memoryUsage().rss
    let bytes = 0
    let most = 0
    const stop = new AbortController()
    const reading = (async () => {
      for await (const { text } of runtime.logs(id, { signal: stop.signal })) {
        bytes += text.length
        if (bytes % (8 * mebibyte) < 1024) most = Math.max(most, process.memoryUsage().rss)
      }
    })()
    await waitFor(
      'the end of a GiB',
      async () => (await runtime.list()).some((instance) => instance.id === id && instance.state === 'exited'),
      150_000,
    )
    stop.abort()
    await reading
    expect(bytes).toBeGreaterThan(4 * mebibyte)
    expect(most - before).toBeLessThan(200 * mebibyte)
  }, 180_000)

  test('is not read from a position that is none', async () => {
    const id = await start({})
    await expect(read(id, () => true, 'x')).rejects.toMatchObject({ code: 'invalid_argument', details: { reason: 'CURSOR_INVALID' } })
  })
})

/** Prints numbered lines of 100 characters in blocks, with a pause between them or as fast as they are taken, and exits. */
const printer = (count: number, pauseMs = 0): string => `
  const more = (from) => {
    if (from >= ${count}) return process.exit()
    let block = ''
    for (let i = from; i < Math.min(${count}, from + 500); i++) block += (i + ' ').padEnd(99, '.') + '\\n'
    process.stdout.write(block, () => setTimeout(more, ${pauseMs}, from + 500))
  }
  more(0)`
