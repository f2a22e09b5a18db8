/** Bytes as the inside of a Python bytes literal, escaped as protoc does it: a digit that would lengthen a hexadecimal escape is escaped too. */
export function pythonBytes(bytes: Uint8Array): string {
  let afterHex = false
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte)
    const short = pythonEscapes[character]
    const hex = !short && (!isPrintable(byte) || (afterHex && /[0-9a-f]/i.test(character)))
    afterHex = hex
    return short ?? (hex ? hexEscape(byte) : character)
  }).join('')
}

/** Bytes as a Go string expression, one line of source for each line of text, quoted as strconv.Quote does it. */
export function goString(bytes: Uint8Array): string {
  const lines = Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte)
    return goEscapes[character] ?? (isPrintable(byte) ? character : hexEscape(byte))
  })
    .join('')
    .split(/(?<=\\n)/)
  return ['""', ...lines.map((line) => `"${line}"`)].join(' +\n\t')
}

const pythonEscapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', "'": "\\'", '\\': '\\\\' }

const goEscapes: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f
const hexEscape = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`
