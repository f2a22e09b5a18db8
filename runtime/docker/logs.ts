import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { PlatformError } from '../../lib/errors.ts'
import type { LogLine } from '../runtime.ts'
import { LogBroken, logLines } from './log-lines.ts'

/** The output of one container. */
export type LogSource = {
  /** From the oldest that is kept; with `follow` until the container ends. Undefined when there is no container. */
  open(options: { follow: boolean; signal: AbortSignal }): Promise<AsyncIterable<Uint8Array> | undefined>
  /** Which run of the container it is in; undefined while it does not run. */
  run(): string | undefined
  /** True: nothing will ever be added. */
  ended(): boolean
  /** Resolves when one of the above may have changed. */
  changed(signal: AbortSignal): Promise<void>
}

/**
 * Reads what is kept after the cursor, then what comes, over all runs of the container. The engine filters by time only, and times repeat, run
 * backwards and differ between the streams; so each reading is one from the start, and what was given already is left out here.
 */
export async function* readLogs(source: LogSource, { signal, after }: { signal: AbortSignal; after?: string }): AsyncGenerator<LogLine> {
  const reader = new Reader(source, signal, after)
  let followed: string | undefined
  while (!signal.aborted) {
    const ended = source.ended()
    yield* reader.kept()
    if (ended || signal.aborted) return
    const run = source.run()
    if (run !== undefined && run !== followed) {
      followed = (yield* reader.live()) ? run : undefined
    } else if (!source.ended()) await source.changed(signal)
  }
}

/** Kept output comes at once, at most 8 MiB (see `outputLog`); what is followed as fast as it is read. */
export async function openLog(docker: Docker, container: string, follow: boolean, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const options = { stdout: true, stderr: true, timestamps: true, abortSignal: signal }
  if (!follow) return Readable.from([await docker.getContainer(container).logs({ ...options, follow: false })])
  const stream = await docker.getContainer(container).logs({ ...options, follow: true })
  return Readable.from(stream)
}

/** Lines this much later than the cursor, which was not found before them, are new ones: it lay in what was dropped. */
const surelyLaterMs = 2_000

class Reader {
  readonly #source: LogSource
  readonly #signal: AbortSignal
  #cursor: string | undefined

  constructor(source: LogSource, signal: AbortSignal, cursor: string | undefined) {
    this.#source = source
    this.#signal = signal
    this.#cursor = cursor
  }

  /** All that there is now. */
  async *kept(): AsyncGenerator<LogLine> {
    const before = this.#cursor
    const found = yield* this.#after(before, false)
    if (found || this.#signal.aborted) return
    yield { at: timeOf(before), text: droppedNotice, cursor: before ?? '' }
    yield* this.#after(undefined, false)
  }

  /** What comes until the container ends. @returns false when it may have gone on: the engine was lost, or it cannot be told what came */
  async *live(): AsyncGenerator<LogLine, boolean> {
    return yield* this.#after(this.#cursor, true)
  }

  /** @returns whether the cursor was found */
  async *#after(cursor: string | undefined, follow: boolean): AsyncGenerator<LogLine, boolean> {
    const chunks = await this.#source.open({ follow, signal: this.#signal })
    if (!chunks) return true
    let found = cursor === undefined
    const recent = new Recent()
    try {
      for await (const line of logLines(chunks)) {
        if (this.#signal.aborted) return true
        const news = follow ? recent.judge(line) : 'new'
        if (news === 'doubtful') return false
        if (news === 'again') continue
        if (found) {
          this.#cursor = line.cursor
          yield line
        } else if (line.cursor === cursor) found = true
        else if (follow && line.at.getTime() > timeOf(cursor).getTime() + surelyLaterMs) return false
      }
    } catch (error) {
      // The stream broke off: the next reading goes on from the cursor.
      if (!isBroken(error)) throw error
      return !follow
    }
    return found
  }
}

const remembered = 8192
const nearlyAPiece = 16 * 1024 - 4

/**
 * An engine that follows a log may go back to the start of the file when it is rotated. What it then reads again has times that were there
 * already, where lines of the two streams that merely overtook each other have times of their own.
 */
class Recent {
  readonly #times = new BigUint64Array(remembered)
  #count = 0
  #last: LogLine | undefined
  #isBehind = false

  judge(line: LogLine): 'new' | 'again' | 'doubtful' {
    const last = this.#last
    const [time, before] = [nanosecondsOf(line), last ? nanosecondsOf(last) : 0n]
    if (last && this.#isBehind) {
      if (time > before) return 'doubtful'
      this.#isBehind = line.cursor !== last.cursor
      return 'again'
    }
    // Pieces of a long line have one time.
    if (last && time === before && Buffer.byteLength(last.text) < nearlyAPiece) return 'again'
    if (time < before) {
      if (time < this.#oldest()) return 'doubtful'
      this.#isBehind = this.#times.includes(time)
      if (this.#isBehind) return 'again'
    }
    this.#times[this.#count++ % remembered] = time
    this.#last = line
    return 'new'
  }

  #oldest(): bigint {
    return this.#times[this.#count < remembered ? 0 : this.#count % remembered] ?? 0n
  }
}

const nanosecondsOf = ({ cursor }: LogLine): bigint => BigInt(cursor.slice(0, cursor.indexOf('-')))

const droppedNotice = '[output was dropped here: more was printed than is kept]'

/** Of a cursor, as `logLines` makes them. */
const timeOf = (cursor = '0-0'): Date => new Date(Number(cursor.split('-')[0]) / 1e6)

/** @throws PlatformError `invalid_argument` */
export function requireCursor(after: string | undefined): void {
  if (after === undefined || /^\d{10,22}-\d{1,15}$/.test(after)) return
  throw new PlatformError('invalid_argument', 'That is not a position in the output of an instance.', {
    reason: 'CURSOR_INVALID',
    field: 'after',
  })
}

const isBroken = (error: unknown): boolean =>
  error instanceof LogBroken ||
  (error instanceof Error &&
    (error.name === 'AbortError' || ('code' in error && /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/.test(String(error.code)))))
