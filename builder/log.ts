const esc = String.fromCharCode(0x1b)
const bell = String.fromCharCode(0x07)

/** CSI, OSC (ended by BEL or ST), other strings, and short sequences: ECMA-48. */
const sequences = new RegExp(
  `${esc}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${esc}]*(?:${bell}|${esc}\\\\)?|[PX^_][^${esc}]*(?:${esc}\\\\)?|[ -/]*[0-~])`,
  'g',
)
const colour = new RegExp(`^${esc}\\[[0-9;]*m$`)
/** Any control character; a colour as a whole. */
const controls = new RegExp(`${esc}\\[[0-9;]*m|\\p{Cc}`, 'gu')

/**
 * A line of a build's output as it is kept and shown: colours stay, every other control sequence goes, other control characters are escaped;
 * of a progress display that overwrites itself only the last state is left.
 */
export function cleanLine(line: string): string {
  const drawn = line.replaceAll(sequences, (sequence) => (colour.test(sequence) ? sequence : ''))
  const last = drawn.split('\r').findLast((part) => part !== '') ?? ''
  return last.replaceAll(controls, (match) => (match === '\t' || match.length > 1 ? match : hexadecimal(match)))
}

/** The text of a line, where no colours are wanted. */
export const withoutColours = (line: string): string => cleanLine(line).replaceAll(sequences, '').trim()

const hexadecimal = (character: string) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`

/** "340 ms", "2.1 s". */
export const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)
