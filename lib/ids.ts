import { randomBytes } from 'node:crypto'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

function base32(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += alphabet[byte & 31]
  return text
}

/** A sortable, unguessable id: 9 characters of time (ms) and 13 of randomness in Crockford's base 32, with a prefix that names its kind. */
export function newId(kind: string, now: number = Date.now()): string {
  let time = ''
  for (let rest = now, i = 0; i < 9; i++, rest = Math.floor(rest / 32)) time = alphabet[rest % 32] + time
  return `${kind}_${time}${base32(randomBytes(13))}`
}
