import { expect, test } from 'vitest'
import { createRedactor } from './redact.ts'

test('hides what it was told, as it is and as it stands in an address', () => {
  const { hide, redact } = createRedactor()
  hide('p@ss w0rd')
  hide('abc')
  expect(redact('Bearer p@ss w0rd, ?token=p%40ss%20w0rd; abc stays')).toBe('Bearer ***, ?token=***; abc stays')
})

test('hides passwords in addresses', () => {
  const { redact } = createRedactor()
  expect(redact('GET https://user:hunter22@npm.example.com/x and http://plain.example.com:8080/a@b')).toBe(
    'GET https://user:***@npm.example.com/x and http://plain.example.com:8080/a@b',
  )
})
