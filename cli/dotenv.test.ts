import { describe, expect, it } from 'vitest'
import { parseDotenv } from './dotenv.ts'

const read = (text: string) => Object.fromEntries(parseDotenv(text).map(({ name, value }) => [name, value]))

describe('a .env file', () => {
  it('has one variable a line, comments and empty lines', () => {
    const text = '# first\n\nA=1\nexport B=two words  # why\r\n  C = x#y \nD=\nE=#none\n   \nF=a=b'
    expect(read(text)).toEqual({ A: '1', B: 'two words', C: 'x#y', D: '', E: '', F: 'a=b' })
  })

  it('has values in quotes, over several lines too, in which nothing but escapes of double quotes is read', () => {
    const text = 'A="a \\"b\\" \\n$X" # c\nB=\'a\\n #"b"\'\nC=`it\'s "x"`\nKEY="-----BEGIN-----\nabc\n-----END-----\n"\nLAST=1\n'
    expect(read(text)).toEqual({ A: 'a "b" \n$X', B: 'a\\n #"b"', C: 'it\'s "x"', KEY: '-----BEGIN-----\nabc\n-----END-----\n', LAST: '1' })
  })

  it('may begin with a byte order mark, and name a variable twice', () => {
    expect(read('\uFEFFA=1\nA=2')).toEqual({ A: '2' })
  })

  it.each([
    ['A=1\nB\n', 'Line 2 is not KEY=VALUE, or a quote in it is not closed.'],
    ['A="x\nB=1', 'Line 1 is not KEY=VALUE, or a quote in it is not closed.'],
    ['A="x" y', 'Line 1 is not KEY=VALUE, or a quote in it is not closed.'],
    ['\n\n1A=x', '"1A" is not the name of a variable (line 3).'],
    ['=x', 'Line 1 is not KEY=VALUE, or a quote in it is not closed.'],
  ])('%j is refused by its line', (text, message) => {
    expect(() => parseDotenv(text)).toThrow(message)
  })
})
