import { expect, test } from 'vitest'
import { redactorOf } from './redact.ts'

test('a secret is replaced wherever it stands, the longer one first', () => {
  const redact = redactorOf({ SHORT: 'password', LONG: 'password-of-the-database' })
  expect(redact('using password-of-the-database, then password; password')).toBe('using ***, then ***; ***')
})

test('each line of a longer secret is one', () => {
  const redact = redactorOf({ KEY: '-----BEGIN KEY-----\r\nMIIEvQIBADANBg\r\nkqh=\n' })
  expect(['-----BEGIN KEY-----', 'key: MIIEvQIBADANBg', 'kqh='].map(redact)).toEqual(['***', 'key: ***', 'kqh='])
})

test('what is shorter than eight characters stays, and so does what only looks like a pattern', () => {
  const redact = redactorOf({ SHORT: '1234567', EMPTY: '', PATTERN: '.*.*.*.*' })
  expect(redact('1234567 $& any text .*.*.*.*')).toBe('1234567 $& any text ***')
})
