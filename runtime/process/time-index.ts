import { readFileSync } from 'node:fs'
import { appendFile, rename, writeFile } from 'node:fs/promises'

type Mark = { offset: number; at: number }

const resolutionMs = 100
const persistEveryMs = 1000
const maxMarks = 20_000

/**
 * When the bytes of an output file were first seen, and where the kept part of it starts. Kept beside the file,
 * so that a line has the same time whenever it is read, also by a later process of the platform.
 */
export class TimeIndex {
  readonly #path: string
  #marks: Mark[] = []
  #start = 0
  #persistedAt = 0

  constructor(path: string) {
    this.#path = path
    for (const line of readLines(path)) {
      const [kind, offset, at] = line.split(' ')
      if (kind === 's') this.#start = Number(offset)
      if (kind === 't') this.#marks.push({ offset: Number(offset), at: Number(at) })
    }
  }

  /** Offset of the first byte that is kept. */
  get start(): number {
    return this.#start
  }

  /** Everything before `offset` was there at `at`. */
  async add(offset: number, at: number): Promise<void> {
    const last = this.#marks.at(-1)
    if (last && offset <= last.offset) return
    if (last && at - last.at < resolutionMs) last.offset = offset
    else this.#marks.push({ offset, at })
    if (this.#marks.length > maxMarks) {
      this.#marks = this.#marks.filter((_, index) => index % 2 === 1)
      await this.#rewrite()
    } else if (at - this.#persistedAt >= persistEveryMs) {
      this.#persistedAt = at
      await appendFile(this.#path, `t ${offset} ${at}\n`)
    }
  }

  /** When the byte before `offset` was first seen. */
  timeOf(offset: number): Date {
    let low = 0
    let high = this.#marks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#marks[middle]?.offset ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return new Date(this.#marks[low]?.at ?? Date.now())
  }

  /** Forgets what lies before `start`: written before the bytes themselves go, so that nobody reads the hole. */
  async trim(start: number): Promise<void> {
    this.#start = start
    this.#marks = this.#marks.filter((mark) => mark.offset >= start)
    await this.#rewrite()
  }

  async #rewrite(): Promise<void> {
    const lines = [`s ${this.#start}`, ...this.#marks.map(({ offset, at }) => `t ${offset} ${at}`)]
    await writeFile(`${this.#path}.tmp`, `${lines.join('\n')}\n`, { mode: 0o600 })
    await rename(`${this.#path}.tmp`, this.#path)
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return [] // A new instance has none yet.
  }
}
