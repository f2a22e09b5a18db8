import { parseAnsi, type Span } from './ansi.ts'
import type { LogLine } from './model.ts'

export type ShownLine = LogLine & { spans: Span[] /** The text without its escape sequences, for search and download. */; plain: string }
/** Lines in blocks, so that new ones leave what is rendered already alone. */
export type Block = { id: string; lines: readonly ShownLine[] }
export type LogBuffer = { blocks: readonly Block[]; count: number /** Older lines that were let go. */; dropped: number }

export const emptyBuffer: LogBuffer = { blocks: [], count: 0, dropped: 0 }

const blockSize = 200
export const maxLines = 10_000

/** The buffer with more lines at its end; of what it holds, only the last block is made anew. */
export function append(buffer: LogBuffer, lines: readonly LogLine[]): LogBuffer {
  const blocks = [...buffer.blocks]
  const last = blocks.at(-1)
  const open = last && last.lines.length < blockSize ? blocks.pop() : undefined
  const rest = [...(open?.lines ?? []), ...lines.map(shown)]
  for (let at = 0; at < rest.length; at += blockSize) {
    const part = rest.slice(at, at + blockSize)
    blocks.push({ id: part[0]?.cursor ?? '', lines: part })
  }
  let count = buffer.count + lines.length
  let dropped = buffer.dropped
  while (count > maxLines) {
    const gone = blocks.shift()?.lines.length ?? count
    count -= gone
    dropped += gone
  }
  return { blocks, count, dropped }
}

export type Filter = { text: string; instance: string }

/** Blocks with only the lines that match; those blocks that match whole stay the same objects. */
export function filterBlocks(blocks: readonly Block[], { text, instance }: Filter): readonly Block[] {
  const wanted = text.toLowerCase()
  if (!wanted && !instance) return blocks
  const matches = (line: ShownLine) => (!instance || line.instance === instance) && (!wanted || line.plain.toLowerCase().includes(wanted))
  return blocks.map(({ id, lines }) => ({ id, lines: lines.filter(matches) })).filter(({ lines }) => lines.length > 0)
}

/** As a file: time, instance and text of each line. */
export function asText(blocks: readonly Block[]): string {
  const row = ({ time, instance, plain }: ShownLine) => [time, instance, plain].filter((part) => part !== null).join(' ')
  return blocks.flatMap(({ lines }) => lines.map((line) => `${row(line)}\n`)).join('')
}

function shown(line: LogLine): ShownLine {
  const spans = parseAnsi(line.text)
  return { ...line, spans, plain: spans.map(({ text }) => text).join('') }
}
