import { expect, test } from 'vitest'
import { classifyHost, parseAuthority } from './hosts.ts'

test.for([
  ['localhost:8080', { name: 'localhost', port: '8080' }],
  ['LocalHost', { name: 'localhost', port: '' }],
  ['[::1]:80', { name: '[::1]', port: '80' }],
  ['a--b.example.com', { name: 'a--b.example.com', port: '' }],
  ['', undefined],
  ['a:b', undefined],
  ['a:123456', undefined],
  ['a b', undefined],
  ['a/b', undefined],
  ['u@a', undefined],
  ['::1', undefined],
  ['[::1', undefined],
  ['ünï.example', undefined],
] as const)('authority %s', ([text, parsed]) => {
  expect(parseAuthority(text)).toEqual(parsed)
})

test.for([
  ['localhost', { kind: 'platform' }],
  ['127.0.0.1', { kind: 'loopback' }],
  ['[::1]', { kind: 'loopback' }],
  ['api.localhost', { kind: 'api' }],
  ['bright-fox.localhost', { kind: 'namespace', namespace: 'bright-fox' }],
  ['hello--bright-fox.localhost', { kind: 'service', namespace: 'bright-fox', service: 'hello' }],
  ['v12--hello--bright-fox.localhost', { kind: 'tag', namespace: 'bright-fox', service: 'hello', tag: 'v12' }],
  ['pr-7--hello--bright-fox.localhost', { kind: 'tag', namespace: 'bright-fox', service: 'hello', tag: 'pr-7' }],
  ['latest--hello--bright-fox.localhost', { kind: 'unknown' }],
  ['a--b--c--d.localhost', { kind: 'unknown' }],
  ['a.b.localhost', { kind: 'unknown' }],
  ['admin.localhost', { kind: 'unknown' }],
  ['login--bright-fox.localhost', { kind: 'unknown' }],
  ['xn--bright.localhost', { kind: 'unknown' }],
  ['.localhost', { kind: 'unknown' }],
  ['localhost.', { kind: 'unknown' }],
  ['notlocalhost', { kind: 'unknown' }],
  ['localhost.evil.example', { kind: 'unknown' }],
] as const)('host %s', ([name, host]) => {
  expect(classifyHost(name, 'localhost')).toEqual(host)
})

test('addresses are nobody’s where the domain is a real one', () => {
  expect(classifyHost('127.0.0.1', 'example.com')).toEqual({ kind: 'unknown' })
  expect(classifyHost('localhost', 'example.com')).toEqual({ kind: 'unknown' })
  expect(classifyHost('a-b.example.com', 'example.com')).toEqual({ kind: 'namespace', namespace: 'a-b' })
})
