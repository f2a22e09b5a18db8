import { StringDecoder } from 'node:string_decoder'

const maxLineLength = 16 * 1024

/** Cuts a byte stream into lines as it comes. Longer lines than 16 KiB are split; bytes that are not UTF-8 become U+FFFD. */
export function lineSplitter(onLine: (line: string) => void): { push(chunk: Uint8Array): void; end(): void } {
  const decoder = new StringDecoder('utf8')
  let rest = ''

  const take = (text: string) => {
    rest += text
    let start = 0
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n', start)) {
      emit(rest.slice(start, at))
      start = at + 1
    }
    rest = rest.slice(start)
    while (rest.length > maxLineLength) {
      onLine(rest.slice(0, maxLineLength))
      rest = rest.slice(maxLineLength)
    }
  }
  const emit = (line: string) => {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    for (let at = 0; at === 0 || at < text.length; at += maxLineLength) onLine(text.slice(at, at + maxLineLength))
  }

  return {
    push: (chunk) => take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))),
    end() {
      take(decoder.end())
      if (rest !== '') emit(rest)
      rest = ''
    },
  }
}
