import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Output } from './output.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'micro-output-'))
  path = join(directory, 'output')
  await writeFile(path, '')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const limits = { keepBytes: 64 * 1024, maxBytes: 1024 * 1024 }
const line = (index: number): string => `line ${String(index).padStart(7, '0')} ${'.'.repeat(80)}`
const write = (from: number, count: number) => appendFile(path, Array.from({ length: count }, (_, i) => `${line(from + i)}\n`).join(''))
const bytesOnDisk = async () => (await stat(path)).blocks * 512

async function read(output: Output, after = 0, count = Number.POSITIVE_INFINITY) {
  const lines = []
  for await (const each of output.lines({ after, signal: AbortSignal.timeout(20_000) })) {
    lines.push(each)
    if (lines.length >= count) break
  }
  return lines
}

describe('the output of an instance', () => {
  test('that goes on and on takes little room, and says how much was dropped', async () => {
    const output = new Output(path, limits)
    for (let written = 0; written < 30_000; written += 1000) {
      await write(written, 1000)
      await output.refresh()
    }
    expect((await stat(path)).size).toBeGreaterThan(2_500_000)
    expect(await bytesOnDisk()).toBeLessThan(limits.keepBytes * 2 + 100_000)
    output.close()
    const [notice, ...lines] = await read(output)
    expect(notice?.text).toBe(`[${notice?.cursor} bytes of output were dropped here: more was printed than is kept]`)
    expect(lines.map(({ text }) => text)).toEqual(Array.from({ length: lines.length }, (_, i) => line(30_000 - lines.length + i)))
    expect(lines.length).toBeGreaterThan(300)
  })

  test('is not dropped under a reader that is a little behind', async () => {
    const output = new Output(path, limits)
    await write(0, 1)
    await output.refresh()
    const texts: string[] = []
    for await (const { text } of output.lines({ after: 0, signal: AbortSignal.timeout(20_000) })) {
      texts.push(text)
      if (texts.length === 1) {
        await write(1, 5000)
        await output.refresh()
      }
      if (texts.length === 5001) break
    }
    expect(texts).toEqual(Array.from({ length: 5001 }, (_, i) => line(i)))
  })

  test('is dropped under a reader that is far behind, who is told', async () => {
    const output = new Output(path, limits)
    await write(0, 1)
    await output.refresh()
    const texts: string[] = []
    for await (const { text } of output.lines({ after: 0, signal: AbortSignal.timeout(20_000) })) {
      texts.push(text)
      if (texts.length === 1) {
        await write(1, 20_000)
        await output.refresh()
      }
      if (text === line(20_000)) break
    }
    expect(texts[1]).toMatch(/^\[\d+ bytes of output were dropped here/)
    expect(texts.length).toBeLessThan(2000)
    expect(await bytesOnDisk()).toBeLessThan(limits.keepBytes * 2 + 100_000)
  })

  test('keeps times, cursors and what was dropped for the next process of the platform', async () => {
    const first = new Output(path, limits)
    await write(0, 3000)
    await first.refresh()
    await write(3000, 10)
    await first.refresh()
    first.close()
    const before = await read(first)
    const second = new Output(path, limits)
    await second.refresh()
    second.close()
    const after = await read(second)
    expect(after.map(({ text, cursor }) => [text, cursor])).toEqual(before.map(({ text, cursor }) => [text, cursor]))
    for (const [index, { at }] of after.entries()) expect(Math.abs(at.getTime() - (before[index]?.at.getTime() ?? 0))).toBeLessThan(2000)
    const middle = before[100]
    expect((await read(second, Number(middle?.cursor), 1))[0]?.text).toBe(before[101]?.text)
  })

  test('gets its last line ended once, so that the next run begins a new one', async () => {
    const output = new Output(path, limits)
    await appendFile(path, 'no end')
    await output.finishLine()
    await output.finishLine()
    await appendFile(path, 'next\n')
    await output.refresh()
    output.close()
    expect((await read(output)).map(({ text }) => text)).toEqual(['no end', 'next'])
  })

  test('read from a position behind its end is read from the end', async () => {
    const output = new Output(path, limits)
    await appendFile(path, 'old\n')
    await output.refresh()
    const reading = read(output, 1_000_000, 1)
    await appendFile(path, 'new\n')
    await output.refresh()
    expect((await reading).map(({ text }) => text)).toEqual(['new'])
  })
})
