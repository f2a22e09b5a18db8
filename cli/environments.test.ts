import { describe, expect, it } from 'vitest'
import { isLoopback, originOf, parseAddress } from './environments.ts'
import { socketAddress } from './transport.ts'

describe('an address', () => {
  it.each([
    ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['localhost:8080', 'http://localhost:8080'],
    ['localhost', 'http://localhost'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['dev.localhost:80', 'http://dev.localhost'],
    ['m3o.dev', 'https://m3o.dev'],
    ['Example.COM:8443', 'https://example.com:8443'],
    ['http://example.com', 'http://example.com'],
    ['https://localhost:8443/', 'https://localhost:8443'],
  ])('%s is %s: TLS unless it is loopback or says otherwise', (text, origin) => {
    expect(originOf(parseAddress(text))).toBe(origin)
  })

  it.each(['', 'a b', 'http://', 'example.com/path', 'user@example.com', 'https://user:pw@example.com', 'example.com?x', 'x:99999'])(
    '%j is none',
    (text) => {
      expect(() => parseAddress(text)).toThrow(/is not the address of a server/)
    },
  )

  it.each([
    ['localhost', true],
    ['acme.localhost', true],
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['[::1]', true],
    ['localhost.example.com', false],
    ['127.0.0.1.example.com', false],
    ['10.0.0.1', false],
  ])('%s is loopback: %s', (hostname, expected) => {
    expect(isLoopback(hostname)).toBe(expected)
  })

  it('that is a name of this machine is connected to by number, since Node cannot resolve it', () => {
    const at = (address: string, tls = false) => socketAddress({ name: '', address, tls, description: '', builtIn: false })
    expect(at('acme.localhost:8080')).toEqual({ host: '127.0.0.1', port: 8080 })
    expect(at('[::1]:8080')).toEqual({ host: '::1', port: 8080 })
    expect(at('127.0.0.1')).toEqual({ host: '127.0.0.1', port: 80 })
    expect(at('m3o.dev', true)).toEqual({ host: 'm3o.dev', port: 443, servername: 'm3o.dev' })
  })
})
