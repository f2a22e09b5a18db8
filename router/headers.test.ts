import { expect, test } from 'vitest'
import { endToEnd, withoutDomain } from './headers.ts'

test('hop-by-hop headers and those that Connection names end here; repeated ones stay apart', () => {
  const raw = [
    ':method',
    'GET',
    'Host',
    'a',
    'Connection',
    'Keep-Alive, X-One',
    'connection',
    'x-two',
    'X-One',
    '1',
    'X-Two',
    '2',
    'Keep-Alive',
    '5',
  ]
  const kept = [
    'Set-Cookie',
    'a=1',
    'set-cookie',
    'b=2',
    'Set-Cookie',
    'c=3',
    'Transfer-Encoding',
    'chunked',
    'Upgrade',
    'x',
    '__proto__',
    'x',
  ]
  const headers = endToEnd([...raw, ...kept])
  expect(Object.entries(headers)).toEqual([
    ['host', 'a'],
    ['set-cookie', ['a=1', 'b=2', 'c=3']],
    ['__proto__', 'x'],
  ])
})

test.for([
  ['a=1; Domain=example.com; Path=/', 'a=1; Path=/'],
  ['a=1;DOMAIN = .example.com', 'a=1'],
  ['a=1; domain', 'a=1'],
  ['domain=x; Secure', 'domain=x; Secure'],
  ['a=1; Domain=a; domain=b; HttpOnly', 'a=1; HttpOnly'],
  ['a=1;\tDomain=a', 'a=1'],
])('%s becomes %s', ([cookie, narrow]) => {
  expect(withoutDomain(cookie ?? '')).toBe(narrow)
})
