import { describe, expect, test } from 'vitest'
import { goString, pythonBytes } from './literals.ts'
import { needsToolchain, run } from './testing.ts'

const everyByte = Uint8Array.from({ length: 128 }, (_, byte) => byte)

describe('a literal', () => {
  test('of Python escapes a digit that would lengthen the escape before it', () => {
    expect(pythonBytes(Buffer.from('\x01call \x01zip\n"\'\\'))).toBe('\\x01\\x63\\x61ll \\x01zip\\n\\"\\\'\\\\')
  })

  test('of Python means the bytes it was made of', async (context) => {
    await needsToolchain('python', context)
    const hex = await run(['python3', '-c', `print(b'${pythonBytes(everyByte)}'.hex())`], '/')
    expect(hex.trim()).toBe(Buffer.from(everyByte).toString('hex'))
  })

  test('of Go breaks after each newline', () => {
    expect(goString(Buffer.from('a\nb\x00\x07"\\'))).toBe('"" +\n\t"a\\n" +\n\t"b\\x00\\a\\"\\\\"')
  })
})
