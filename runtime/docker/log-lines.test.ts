import { expect, test } from 'vitest'
import { LogBroken, logLines } from './log-lines.ts'

const time = (nanoseconds: number) => `2026-11-27T00:25:01.${String(nanoseconds).padStart(9, '0')}Z`

/** As the engine frames it. */
function frame(stream: number, at: string, payload: string | Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(`${at} `), Buffer.from(payload)])
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(body.length, 4)
  return Buffer.concat([header, body])
}

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function linesOf(frames: Buffer[], chunkSize = 1000) {
  const lines = []
  for await (const line of logLines(inChunks(Buffer.concat(frames), chunkSize))) lines.push(line)
  return lines
}
const textsOf = async (frames: Buffer[]) => (await linesOf(frames)).map(({ text }) => text)

/** As the engine cuts a long line: messages of one time, 16 KiB each, the last one without a newline. */
function longLine(stream: number, at: string, line: Buffer): Buffer[] {
  const pieces = []
  for (let start = 0; start < line.length || pieces.length === 0; start += 16 * 1024) pieces.push(line.subarray(start, start + 16 * 1024))
  if (line.length % (16 * 1024) === 0) pieces.push(Buffer.alloc(0))
  return pieces.map((piece) => frame(stream, at, piece))
}

test('what the engine says of itself is no line, and ends the reading', async () => {
  const remark = frame(3, 'Error grabbing logs:', 'unexpected EOF')
  const lines: string[] = []
  const reading = async () => {
    for await (const { text } of logLines(inChunks(Buffer.concat([frame(1, time(7), 'a\n'), remark, frame(1, time(8), 'b\n')]), 1000)))
      lines.push(text)
  }
  await expect(reading()).rejects.toThrow(new LogBroken('Error grabbing logs: unexpected EOF'))
  expect(lines).toEqual(['a'])
})

test('lines have the time of the engine, and a cursor that tells lines of the same nanosecond apart', async () => {
  const lines = await linesOf([frame(1, time(7), 'a\n'), frame(2, time(7), 'b\r\n'), frame(1, time(1_000_000), '\n')])
  const second = Date.UTC(2026, 10, 27, 0, 25, 1)
  expect(lines).toEqual([
    { at: new Date(second), text: 'a', cursor: `${second / 1000}000000007-0` },
    { at: new Date(second), text: 'b', cursor: `${second / 1000}000000007-1` },
    { at: new Date(second + 1), text: '', cursor: `${second / 1000}001000000-0` },
  ])
})

test('a cursor is the same in whatever time zone the engine writes its times', async () => {
  const [utc] = await linesOf([frame(1, '2026-11-27T00:25:01.000000007Z', 'a\n')])
  const [local] = await linesOf([frame(1, '2026-11-27T02:25:01.000000007+02:00', 'a\n')])
  expect(local).toEqual(utc)
})

test.each([1, 7, 100_000])('frames may be cut anywhere: every %i bytes', async (size) => {
  const lines = await linesOf([frame(1, time(1), 'first\n'), frame(2, time(2), 'second\n')], size)
  expect(lines.map(({ text }) => text)).toEqual(['first', 'second'])
})

test.each(['é', '€', '😀'])('a long line of %s is never cut inside a character, nor into more than 16 KiB', async (character) => {
  for (const lead of ['', 'x', 'xy', 'xyz']) {
    const line = `${lead}${character.repeat(30_000)}`
    const texts = await textsOf([...longLine(1, time(1), Buffer.from(line)), frame(1, time(2), 'after\n')])
    expect(texts.at(-1)).toBe('after')
    expect(texts.slice(0, -1).join('')).toBe(line)
    for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16 * 1024)
  }
})

test('a line of exactly one piece is one line', async () => {
  const line = 'x'.repeat(16 * 1024)
  expect(await textsOf([...longLine(1, time(1), Buffer.from(line)), frame(1, time(2), '\n')])).toEqual([line, ''])
})

test('long lines of both streams may come at once', async () => {
  const out = longLine(1, time(1), Buffer.from(`x${'é'.repeat(10_000)}`))
  const err = longLine(2, time(1), Buffer.from('ü'.repeat(10_000)))
  const mixed = [out[0], err[0], err[1], out[1]].flatMap((piece) => piece ?? [])
  expect((await textsOf(mixed)).join('')).not.toContain('\u{fffd}')
})

test('bytes that are not UTF-8 become U+FFFD', async () => {
  expect(await textsOf([frame(1, time(1), Buffer.from([0x61, 0xff, 0x0a]))])).toEqual(['a\u{fffd}'])
})
