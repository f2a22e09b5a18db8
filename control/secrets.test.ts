import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSealer } from './secrets.ts'

const sealer = createSealer(Buffer.alloc(32, 1))
const unreadable = { code: 'internal', message: 'A stored secret cannot be read with this MICRO_SECRET_KEY.' }

describe('a sealed secret', () => {
  test.each(['', 'a secret', 'ü'.repeat(100_000), '\0'])('opens again', (plain) => {
    expect(sealer.open('env:svc_1', sealer.seal('env:svc_1', plain))).toBe(plain)
  })

  test('shows nothing of itself, and is never the same twice', () => {
    const [one, two] = [sealer.seal('p', 'a secret'), sealer.seal('p', 'a secret')]
    expect(Buffer.from(one).toString('latin1')).not.toContain('a secret')
    expect(Buffer.from(one).equals(Buffer.from(two))).toBe(false)
  })

  test('does not open for another purpose, nor by another key', () => {
    const sealed = sealer.seal('env:svc_1', 'a secret')
    expect(() => sealer.open('env:svc_2', sealed)).toThrow(expect.objectContaining(unreadable))
    expect(() => createSealer(randomBytes(32)).open('env:svc_1', sealed)).toThrow(expect.objectContaining(unreadable))
  })

  test('does not open when any of its bytes was changed', () => {
    const sealed = sealer.seal('p', 'a secret')
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte))
      expect(() => sealer.open('p', changed)).toThrow(expect.objectContaining(unreadable))
    }
  })

  test('does not open when some of it is missing, or parts of two are put together', () => {
    const [one, two] = [sealer.seal('p', 'a secret'), sealer.seal('p', 'another one')]
    for (const length of [0, 1, 12, 61, one.length - 1])
      expect(() => sealer.open('p', one.subarray(0, length))).toThrow(expect.objectContaining(unreadable))
    expect(() => sealer.open('p', Buffer.concat([one.subarray(0, 61), two.subarray(61)]))).toThrow(expect.objectContaining(unreadable))
  })
})
