/** A stretch of terminal text and the classes of globals.css that show its colours. */
export type Span = { text: string; className: string }

type Style = { fg?: number; bg?: number; flags: Set<string> }

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const sequences = /\x1b(?:\[([0-9;:]*)([ -/]*[@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g

/**
 * Splits text into spans by its SGR sequences (ECMA-48 8.3.117). Every other escape sequence and control character is
 * dropped, and nothing here makes HTML: whoever renders spans renders text.
 */
export function parseAnsi(text: string): Span[] {
  const spans: Span[] = []
  const style: Style = { flags: new Set() }
  let from = 0
  const push = (part: string) => {
    const clean = part.replace(controls, '')
    if (clean) spans.push({ text: clean, className: classOf(style) })
  }
  for (const match of text.matchAll(sequences)) {
    push(text.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm') apply(style, match[1] ?? '')
  }
  push(text.slice(from))
  return spans
}

const flagOf: Record<number, string> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 9: 'strike' }
const endsOf: Record<number, string[]> = { 22: ['bold', 'dim'], 23: ['italic'], 24: ['underline'], 29: ['strike'] }

function apply(style: Style, parameters: string): void {
  const codes = parameters.split(/[;:]/).map(Number)
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0
    if (code === 0) reset(style)
    else if (flagOf[code]) style.flags.add(flagOf[code])
    else if (endsOf[code]) for (const flag of endsOf[code]) style.flags.delete(flag)
    else if (code === 39) delete style.fg
    else if (code === 49) delete style.bg
    else if (code === 38 || code === 48) {
      const { color, length } = extended(codes.slice(at + 1))
      at += length
      if (color !== undefined) style[code === 38 ? 'fg' : 'bg'] = color
    } else if (between(code, 30, 37) || between(code, 90, 97)) style.fg = code % 10
    else if (between(code, 40, 47) || between(code, 100, 107)) style.bg = code % 10
  }
}

function reset(style: Style): void {
  delete style.fg
  delete style.bg
  style.flags.clear()
}

/** `5;n` of 256 colours or `2;r;g;b`, as the nearest of the eight that have a class. */
function extended(codes: number[]): { color?: number; length: number } {
  const [kind, a = 0, b = 0, c = 0] = codes
  if (kind === 2) return { color: nearest(a, b, c), length: 4 }
  if (kind !== 5) return { length: 0 }
  if (a < 16) return { color: a % 8, length: 2 }
  if (a >= 232) return { color: a < 244 ? 0 : 7, length: 2 }
  const level = (value: number) => (value % 6) * 51
  return { color: nearest(level(Math.floor((a - 16) / 36)), level(Math.floor((a - 16) / 6)), level(a - 16)), length: 2 }
}

/** Red is bit 0, green bit 1, blue bit 2. */
function nearest(red: number, green: number, blue: number): number {
  const middle = Math.max(red, green, blue) / 2
  if (middle < 32) return 0
  return (red > middle ? 1 : 0) | (green > middle ? 2 : 0) | (blue > middle ? 4 : 0)
}

function classOf({ fg, bg, flags }: Style): string {
  return [fg !== undefined && `sgr-${fg}`, bg !== undefined && `sgr-bg-${bg}`, ...[...flags].map((flag) => `sgr-${flag}`)]
    .filter(Boolean)
    .join(' ')
}

const between = (code: number, low: number, high: number) => code >= low && code <= high
