import { displayWidth, padEnd, safeLine, truncate, wrap } from './text.ts'

type Options = { width?: number; dim?: (text: string) => string }

const gap = 2
const narrowest = 8

/** Columns that people copy from: they stay whole though a row gets wider than the terminal. */
const whole = new Set(['NAME', 'NAMESPACE', 'HOST', 'ID', 'INSTANCE', 'VERSION', 'URL'])

/**
 * Aligned columns. With a width, the widest columns give way until a row fits it; where that is not enough, URLs in the last column go
 * under their rows. A row of one cell is a remark under the row before. Cells are made safe to show.
 */
export function formatTable(header: readonly string[], cells: readonly (readonly string[])[], options: Options = {}): string[] {
  const { width, dim } = options
  const rows = cells.map((row) => row.map(safeLine))
  const isRemark = (row: readonly string[]) => row.length === 1 && header.length > 1
  const full = rows.filter((row) => !isRemark(row))
  const widths = header.map((title, column) => Math.max(displayWidth(title), ...full.map((row) => displayWidth(row[column] ?? ''))))
  if (width !== undefined && !shrink(widths, header, width) && header.length > 2 && header.at(-1) === 'URL') {
    const under = rows.flatMap((row) =>
      isRemark(row)
        ? [row]
        : [
            row.slice(0, -1),
            ...row
              .slice(-1)
              .filter(Boolean)
              .map((url) => [url]),
          ],
    )
    return formatTable(header.slice(0, -1), under, options)
  }
  const render = (row: readonly string[]) =>
    widths
      .map((columnWidth, column) => padEnd(truncate(row[column] ?? '', columnWidth), columnWidth))
      .join(' '.repeat(gap))
      .trimEnd()
  const remark = ([text = '']: readonly string[]) => (width === undefined ? [text] : wrap(text, width - gap)).map((line) => `  ${line}`)
  const title = render(header)
  return [dim ? dim(title) : title, ...rows.flatMap((row) => (isRemark(row) ? remark(row) : [render(row)]))]
}

/** False when the columns cannot be made narrow enough. */
function shrink(widths: number[], header: readonly string[], available: number): boolean {
  const total = () => widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1)
  const least = header.map((title, column) => (whole.has(title) ? (widths[column] ?? 0) : Math.max(narrowest, displayWidth(title))))
  while (total() > available) {
    const spare = widths.map((width, column) => (width > (least[column] ?? 0) ? width : 0))
    const widest = spare.indexOf(Math.max(...spare))
    const width = spare[widest] ?? 0
    if (width === 0) return false
    widths[widest] = width - 1
  }
  return true
}
