import { EventEmitter, once } from 'node:events'
import { appendFile, open, stat, truncate } from 'node:fs/promises'
import { splitLines } from '../lines.ts'
import type { LogLine } from '../runtime.ts'
import { punchHole } from './punch-hole.ts'
import { TimeIndex } from './time-index.ts'

export type OutputLimits = {
  /** What stays of an output that goes on and on. */
  keepBytes: number
  /** Beyond it even what a reader has not read yet is dropped. */
  maxBytes: number
}

const mebibyte = 1024 * 1024
export const defaultOutputLimits: OutputLimits = { keepBytes: 4 * mebibyte, maxBytes: 64 * mebibyte }

const refreshEveryMs = 10
const chunkBytes = 64 * 1024

/**
 * The output file of an instance. Its processes append to it whether or not the platform runs; we only watch it grow.
 * Old output goes by punching a hole at its start, so an offset in the file means the same for ever and is the cursor.
 */
export class Output {
  readonly #path: string
  readonly #limits: OutputLimits
  readonly #index: TimeIndex
  readonly #changes = new EventEmitter().setMaxListeners(0)
  readonly #readers = new Set<{ position: number }>()
  #size = 0
  #closed = false
  #timer: NodeJS.Timeout | undefined
  #refreshing: Promise<void> = Promise.resolve()

  constructor(path: string, limits: OutputLimits) {
    this.#path = path
    this.#limits = limits
    this.#index = new TimeIndex(`${path}.index`)
  }

  /** The file may have grown. Looks at most every 10 ms, however often it is called. */
  changed(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.refresh()
    }, refreshEveryMs)
  }

  /** Looks now; when it resolves, readers can see everything that had been written when it was called. */
  refresh(): Promise<void> {
    this.#refreshing = this.#refreshing
      .then(() => this.#look())
      .catch(() => {
        // The file went with its instance, or the disk is full: the next look tries again.
      })
    return this.#refreshing
  }

  /** Ends a last line without a newline, so that the next run does not go on in it. */
  async finishLine(): Promise<void> {
    await this.refresh()
    if (this.#size > this.#index.start && (await this.#lastByte()) !== 0x0a) await appendFile(this.#path, '\n')
    await this.refresh()
  }

  /** Readers get what is there and end. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#changes.emit('change')
  }

  async *lines({ after, signal }: { after: number; signal: AbortSignal }): AsyncGenerator<LogLine> {
    const reader = { position: Math.min(after, this.#size) }
    const file = await open(this.#path, 'r')
    this.#readers.add(reader)
    try {
      const buffer = Buffer.alloc(chunkBytes)
      // Of an unfinished line: looked at again only when there is more of it.
      let seen = reader.position
      while (!signal.aborted) {
        const start = this.#index.start
        if (reader.position < start) {
          yield { at: this.#index.timeOf(start), text: droppedNotice(start - reader.position), cursor: String(start) }
          reader.position = start
        }
        const end = Math.min(this.#size, reader.position + chunkBytes)
        if (end <= seen) {
          if (this.#closed) return
          await once(this.#changes, 'change', { signal }).catch(() => undefined) // Aborted: the loop's condition sees it.
          continue
        }
        const { bytesRead } = await file.read(buffer, 0, end - reader.position, reader.position)
        // Dropped while it was read: zeros.
        if (this.#index.start > reader.position) continue
        const from = reader.position
        seen = from + bytesRead
        for (const line of splitLines(buffer.subarray(0, bytesRead))) {
          if (signal.aborted) return
          reader.position = from + line.end
          yield { at: this.#index.timeOf(reader.position), text: line.text, cursor: String(reader.position) }
        }
      }
    } finally {
      this.#readers.delete(reader)
      await file.close()
    }
  }

  async #look(): Promise<void> {
    const { size, mtimeMs } = await stat(this.#path)
    if (size < this.#size) return this.#restore(size)
    if (size === this.#size) return
    // What we find at the start was written before we were there.
    await this.#index.add(size, this.#size === 0 ? Math.round(mtimeMs) : Date.now())
    this.#size = size
    this.#changes.emit('change')
    await this.#trim()
  }

  async #trim(): Promise<void> {
    const kept = this.#size - this.#index.start
    if (kept <= this.#limits.keepBytes * 2) return
    const unread = Math.min(this.#size, ...[...this.#readers].map((reader) => reader.position))
    const wanted = this.#size - this.#limits.keepBytes
    const start = kept > this.#limits.maxBytes ? wanted : Math.min(wanted, unread)
    if (start - this.#index.start < this.#limits.keepBytes / 2) return
    await this.#index.trim(await this.#lineStart(start))
    await punchHole(this.#path, this.#index.start)
  }

  /** The start of the first line at or after the offset, or the offset when no line starts near. */
  async #lineStart(offset: number): Promise<number> {
    const bytes = await this.#read(offset - 1, chunkBytes)
    const newline = bytes.indexOf(0x0a)
    return newline < 0 ? offset : offset + newline
  }

  /** The instance emptied its own output (`> /dev/stderr` does that): what it wrote since goes behind all that was there. Seen by the size only: best effort. */
  async #restore(size: number): Promise<void> {
    const written = await this.#read(0, Math.min(size, chunkBytes))
    await this.#index.trim(this.#size)
    await truncate(this.#path, this.#size)
    await appendFile(this.#path, written)
    this.#changes.emit('change')
  }

  #lastByte = async (): Promise<number | undefined> => (await this.#read(this.#size - 1, 1))[0]

  async #read(offset: number, length: number): Promise<Buffer> {
    const file = await open(this.#path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  }
}

const droppedNotice = (bytes: number): string => `[${bytes} bytes of output were dropped here: more was printed than is kept]`
