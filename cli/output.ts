import { styleText } from 'node:util'
import { formatTable } from './table.ts'
import { safeJson } from './text.ts'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Where a command writes: results to standard output, all else (progress, notes, errors) to standard error. */
export type Output = {
  readonly json: boolean
  /** Standard output is a terminal. */
  readonly terminal: boolean
  /** Standard error is a terminal: progress may redraw. */
  readonly interactive: boolean
  /** Colours are wanted: the environment does not forbid them. */
  readonly colour: boolean
  columns(): number
  line(text?: string): void
  write(bytes: Uint8Array | string): void
  note(text: string): void
  /** Writes `value` as JSON with --json, and otherwise what `human` prints. */
  data(value: unknown, human: () => void): void
  /** JSON: indented on a terminal. */
  value(value: unknown): void
  /** JSON on one line. */
  jsonLine(value: unknown): void
  table(header: readonly string[], rows: readonly (readonly string[])[]): void
  paint(style: Style, text: string): string
}

type Options = { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream; json: boolean; colour: boolean }

export function createOutput({ stdout, stderr, json, colour }: Options): Output {
  const terminal = stdout.isTTY === true
  const paintOut = (style: Style, text: string) => (colour && terminal ? styleText(style, text, { validateStream: false }) : text)
  const columns = () => (terminal ? stdout.columns : stderr.isTTY === true ? stderr.columns : 0) || 80
  const line = (text = '') => void stdout.write(`${text}\n`)
  const value = (data: unknown) => line(safeJson(data, terminal ? 2 : undefined))
  return {
    json,
    colour,
    terminal,
    interactive: stderr.isTTY === true,
    columns,
    line,
    value,
    jsonLine: (data) => line(safeJson(data)),
    write: (bytes) => void stdout.write(bytes),
    note: (text) => void stderr.write(`${text}\n`),
    data: (data, human) => (json ? line(safeJson(data, 2)) : human()),
    table: (header, rows) => {
      for (const row of formatTable(header, rows, terminal ? { width: columns(), dim: (title) => paintOut('dim', title) } : {})) line(row)
    },
    paint: paintOut,
  }
}

/** A reader that closes the pipe early (`micro logs x | head`) ends the command; it isn't a failure. */
export function endQuietlyOnClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}
