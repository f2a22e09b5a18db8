import { characterBoundary, decodeLine, maxLineBytes } from '../lines.ts'
import type { LogLine } from '../runtime.ts'

/** The engine says on a stream of its own, without a time, that it could not read on, such as at a rotation. */
export class LogBroken extends Error {
  override readonly name = 'LogBroken'
}

const ofTheEngine = 3

/** One message of the engine's log: a line, or a piece of one. */
type Message = { stream: number; at: string; payload: Buffer }

const frameHeaderBytes = 8
/** The engine cuts longer lines into messages of exactly this size; a shorter one, or one with a newline, is the end of its line. */
const pieceBytes = 16 * 1024
const newline = 0x0a

/**
 * The lines of a log of the engine, read from its very start: what a cursor means depends on what came before.
 * A cursor is the engine's time of the message in nanoseconds, and the number of the line among those of the same nanosecond.
 */
export async function* logLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LogLine> {
  /** Streams in the midst of a line, and the character that the last piece of it ended in. */
  const begun = new Map<number, Buffer>()
  let last = ''
  let number = 0
  for await (const { stream, at, payload } of messages(chunks)) {
    const time = nanoseconds(at)
    if (time !== last) number = 0
    last = time
    const ends = payload.at(-1) === newline || payload.length < pieceBytes
    const content = payload.at(-1) === newline ? payload.subarray(0, -1) : payload
    const before = begun.get(stream)
    const { texts, rest } = piecesOf(before ? Buffer.concat([before, content]) : content, ends)
    if (ends) begun.delete(stream)
    else begun.set(stream, rest)
    // A line of exactly so many pieces ends with an empty message.
    if (before && texts.length === 1 && texts[0] === '') continue
    for (const text of texts) yield { at: new Date(at), text, cursor: `${time}-${number++}` }
  }
}

/** Texts of at most 16 KiB, none of which ends inside a character; what is begun goes to the next piece of the line. */
export function piecesOf(bytes: Buffer, ends: boolean): { texts: string[]; rest: Buffer } {
  const texts = []
  let start = 0
  while (bytes.length - start > maxLineBytes) {
    const end = characterBoundary(bytes, start, start + maxLineBytes)
    texts.push(decodeLine(bytes.subarray(start, end)))
    start = end
  }
  const end = ends ? bytes.length : completeUntil(bytes, start)
  if (end > start || texts.length === 0) texts.push(decodeLine(bytes.subarray(start, end)))
  return { texts, rest: Buffer.from(bytes.subarray(end)) }
}

/** Where the last character that is not complete begins. */
function completeUntil(bytes: Buffer, start: number): number {
  for (let at = bytes.length - 1; at >= Math.max(start, bytes.length - 3); at--) {
    const byte = bytes[at] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return at + length > bytes.length ? at : bytes.length
  }
  return bytes.length
}

/** The engine's time, whatever time zone it writes it in. */
function nanoseconds(at: string): string {
  const milliseconds = Date.parse(at)
  if (Number.isNaN(milliseconds)) throw new LogBroken(`a message without a time: ${at}`)
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? ''
  return `${Math.floor(milliseconds / 1000)}${fraction.padEnd(9, '0')}`
}

/** The engine's framing: stream, three zeros, length, then the time, a blank and what was printed. */
async function* messages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Message> {
  let pending = Buffer.alloc(0)
  for await (const chunk of chunks) {
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk])
    let start = 0
    while (pending.length - start >= frameHeaderBytes) {
      const length = pending.readUInt32BE(start + 4)
      const end = start + frameHeaderBytes + length
      if (pending.length < end) break
      const body = pending.subarray(start + frameHeaderBytes, end)
      const stream = pending[start] ?? 0
      const blank = body.indexOf(0x20)
      if (stream === ofTheEngine || blank < 0) throw new LogBroken(body.toString('utf8').trim())
      yield { stream, at: body.toString('latin1', 0, blank), payload: body.subarray(blank + 1) }
      start = end
    }
    pending = Buffer.from(pending.subarray(start))
  }
}
