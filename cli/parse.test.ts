import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './parse.ts'

const args = { source: { description: 'a source' }, more: { description: 'more', optional: true } } as const
const flags = {
  name: { type: 'string', description: '' },
  startTimeout: { type: 'duration', description: '' },
  instances: { type: 'integer', short: 'n', description: '' },
  env: { type: 'string', multiple: true, description: '' },
  watch: { type: 'boolean', short: 'w', description: '' },
  protocol: { type: 'string', choices: ['http', 'grpc'], description: '' },
} as const

const parse = (...argv: string[]) => parseCommandLine(args, flags, argv)

describe('parseCommandLine', () => {
  it('reads words and flags in any order, typed by their declarations', () => {
    expect(
      parse('--name=a', 'src', '-w', '-n', '3', '--start-timeout', '1m30s', '--env', 'A=1', '--env=B=2=3', 'x', '--protocol', 'grpc'),
    ).toEqual({
      source: 'src',
      more: 'x',
      name: 'a',
      startTimeout: 90_000,
      instances: 3,
      env: ['A=1', 'B=2=3'],
      watch: true,
      protocol: 'grpc',
    })
  })

  it('leaves what was not given undefined, empty or false', () => {
    expect(parse('src')).toEqual({
      source: 'src',
      more: undefined,
      name: undefined,
      startTimeout: undefined,
      instances: undefined,
      env: [],
      watch: false,
      protocol: undefined,
    })
  })

  it('takes the last of a flag that is given twice', () => {
    expect(parse('src', '--name', 'a', '--name', 'b').name).toBe('b')
  })

  it('takes words that look like flags after --', () => {
    expect(parse('--', '--name').source).toBe('--name')
  })

  it.each([
    [[], 'SOURCE is missing'],
    [['a', 'b', 'c'], '"c" is one word too many'],
    [['a', '--nmae', 'x'], 'no flag --nmae'],
    [['a', '-x'], 'no flag -x'],
    [['a', '--name'], '--name needs a value'],
    [['a', '--instances', 'two'], '--instances is a whole number'],
    [['a', '--instances=-1'], '--instances is a whole number'],
    [['a', '--start-timeout', '5'], '--start-timeout is a time span'],
    [['a', '--protocol', 'soap'], 'one of http, grpc'],
    [['a', '--watch=maybe'], '--watch is a switch'],
  ])('%j is a usage error: %s', (argv, message) => {
    expect(() => parse(...argv)).toThrow(expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(message) }))
  })

  it('suggests the flag that was meant', () => {
    expect(() => parse('a', '--nmae', 'x')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ hint: 'Did you mean --name?' }) }),
    )
  })
})
