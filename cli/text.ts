import { stripVTControlCharacters } from 'node:util'

// C0 and C1 controls, DEL, and the marks that reorder what is shown: remote text must not drive the terminal that shows it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
const unsafe = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Remote text on one line, safe to show: colour sequences are dropped, other control characters written out. */
export function safeLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\r+$/, '').replace(unsafe, escapeCharacter)
}

/** As safeLine, keeping line ends. */
export const safeText = (text: string): string => text.split('\n').map(safeLine).join('\n')

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0)
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

// What JSON.stringify leaves as it is.
const unsafeInJson = /[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** JSON that is safe to show: what JSON.stringify leaves raw is written as \u escapes, which mean the same. */
export function safeJson(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent) ?? 'null'
  return json.replace(unsafeInJson, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Columns that a text takes; colour sequences take none. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += wide.test(character) ? 2 : 1
  return width
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/** Cuts a text that has no colour sequences to a width, ending in `…` when cut. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let cut = ''
  let used = 0
  for (const character of text) {
    used += displayWidth(character)
    if (used > width - 1) break
    cut += character
  }
  return width <= 0 ? '' : `${cut}…`
}

export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - displayWidth(text)))

/** Breaks a text into lines of at most a width, between words; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
