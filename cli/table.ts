import type { Style } from './output.ts'
import { displayWidth, padEnd, safeLine, truncate } from './text.ts'

type Options = { width?: number; paint?: (style: Style, text: string) => string }

const gap = 2
const narrowest = 8

/**
 * Aligned columns. With a width, the widest columns give way until a row fits it. A row of one cell is a remark under the row before.
 * Cells are made safe to show.
 */
export function formatTable(header: readonly string[], cells: readonly (readonly string[])[], { width, paint }: Options = {}): string[] {
  const rows = cells.map((row) => row.map(safeLine))
  const full = rows.filter((row) => row.length > 1 || header.length === 1)
  const widths = header.map((title, column) => Math.max(displayWidth(title), ...full.map((row) => displayWidth(row[column] ?? ''))))
  if (width !== undefined) shrink(widths, width)
  const render = (row: readonly string[]) =>
    widths
      .map((columnWidth, column) => padEnd(truncate(row[column] ?? '', columnWidth), columnWidth))
      .join(' '.repeat(gap))
      .trimEnd()
  const title = render(header)
  const remark = (text: string) => `  ${width === undefined ? text : truncate(text, width - gap)}`
  return [
    paint ? paint('dim', title) : title,
    ...rows.map((row) => (row.length === 1 && header.length > 1 ? remark(row[0] ?? '') : render(row))),
  ]
}

function shrink(widths: number[], available: number): void {
  const total = () => widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1)
  while (total() > available) {
    const widest = widths.indexOf(Math.max(...widths))
    const width = widths[widest] ?? 0
    if (width <= narrowest) return
    widths[widest] = width - 1
  }
}
