import { describe, expect, test } from 'vitest'
import { languages, serviceNames } from './names.ts'

describe('the names of a service', () => {
  test.each([
    ['helloworld', 'helloworld', 'Helloworld'],
    ['say-hello', 'sayhello', 'SayHello'],
    ['a', 'a', 'A'],
    ['x-1-y', 'x1y', 'X1Y'],
    ['v2', 'v2', 'V2'],
  ])('%s is package %s and type %s in its proto', (name, packageName, type) => {
    expect(serviceNames(name, 'typescript', 'rpc')).toEqual({ name, package: packageName, type })
  })

  test.each(['', 'Hello', '1st', 'a--b', 'a_b', '../up', '-x', 'a'.repeat(31)])('%j is no name of a service', (name) => {
    expect(() => serviceNames(name, 'go', 'http')).toThrow(
      expect.objectContaining({ code: 'invalid_argument', details: { field: 'name' } }),
    )
  })

  test('a command of the CLI is no name of a service', () => {
    expect(() => serviceNames('run', 'go', 'http')).toThrow('reserved')
  })

  test.each(languages)('a name that its own message has is refused in %s, and fine by HTTP', (lang) => {
    expect(() => serviceNames('call-request', lang, 'rpc')).toThrow(
      'A service named call-request would have the type CallRequest, which is what one of its own messages is called.',
    )
    expect(serviceNames('call-request', lang, 'http').name).toBe('call-request')
  })

  test('a keyword of Python is refused in Python alone', () => {
    expect(() => serviceNames('none', 'python', 'rpc')).toThrow('a keyword of Python')
    expect(serviceNames('none', 'go', 'rpc').type).toBe('None')
  })
})
