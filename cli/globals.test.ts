import { describe, expect, it } from 'vitest'
import { takeAnywhere, takeLeading } from './globals.ts'

describe('global flags', () => {
  it('are taken from before the first word', () => {
    expect(takeLeading(['--env', 'dev', '--namespace=acme', '--json', 'status', '--help'])).toEqual({
      globals: { environment: 'dev', namespace: 'acme', json: true },
      rest: ['status', '--help'],
    })
  })

  it('are taken from anywhere else too, but not from behind --', () => {
    expect(takeAnywhere(['run', '.', '--env=dev', '--json', '--', '--help'])).toEqual({
      globals: { environment: 'dev', json: true },
      rest: ['run', '.', '--', '--help'],
    })
  })

  it('leave variables of `run --env KEY=VALUE` alone', () => {
    const { globals, rest } = takeAnywhere(['run', '.', '--env', 'A=1', '--env=B=2', '--env', 'dev'])
    expect(globals).toEqual({ environment: 'dev' })
    expect(rest).toEqual(['run', '.', '--env', 'A=1', '--env=B=2'])
  })

  it('take no variable without a value for an environment', () => {
    expect(() => takeAnywhere(['run', '.', '--env', 'LOG_LEVEL'])).toThrow('--env LOG_LEVEL is neither an environment nor KEY=VALUE.')
  })

  it('can be kept for the command itself', () => {
    expect(takeAnywhere(['--json', '{}', '--env', 'dev'], ['--json'])).toEqual({ globals: { environment: 'dev' }, rest: ['--json', '{}'] })
  })

  it.each([[['--env']], [['--namespace', '--json']], [['--env=']]])('%j lacks its value', (argv) => {
    expect(() => takeAnywhere(argv)).toThrow(/needs a value/)
  })
})
