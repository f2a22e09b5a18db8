export const maxLineBytes = 16 * 1024

const newline = 0x0a
const carriageReturn = 0x0d

export type SplitLine = { text: string /** Bytes from the start of the buffer to just after this line. */; end: number }

/** The whole lines at the start of the bytes, and pieces of a line that is too long; what follows `end` of the last is an unfinished line. */
export function splitLines(bytes: Buffer): SplitLine[] {
  const lines: SplitLine[] = []
  let start = 0
  while (start < bytes.length) {
    const found = bytes.subarray(start, start + maxLineBytes + 1).indexOf(newline)
    if (found >= 0) {
      const content = bytes.subarray(start, start + found)
      start += found + 1
      lines.push({ text: decodeLine(content), end: start })
    } else if (bytes.length - start > maxLineBytes) {
      const end = characterBoundary(bytes, start, start + maxLineBytes)
      lines.push({ text: decodeLine(bytes.subarray(start, end)), end })
      start = end
    } else break
  }
  return lines
}

/** Bytes that are not UTF-8 become U+FFFD. */
export function decodeLine(content: Buffer): string {
  return (content.at(-1) === carriageReturn ? content.subarray(0, -1) : content).toString('utf8')
}

/** The last place up to `end` that is not inside a UTF-8 character (which has at most three continuation bytes). */
export function characterBoundary(bytes: Buffer, start: number, end: number): number {
  for (let at = end; at > Math.max(start, end - 4); at--) {
    if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return at
  }
  return end
}
