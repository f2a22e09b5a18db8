import { expect, test } from 'vitest'
import { clientName } from './client-name.ts'

test('a browser is named with its system', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  expect(clientName(chrome, 'BROWSER')).toBe('Chrome on Linux')
  expect(clientName('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'BROWSER')).toBe('Safari on iOS')
})

test('the command is named with its version', () => {
  expect(clientName('micro/0.1.0 linux', 'CLI')).toBe('micro 0.1.0 on Linux')
  expect(clientName('micro/0.2.0 darwin', 'CLI')).toBe('micro 0.2.0 on macOS')
})

test('what is not known is shown as it named itself', () => {
  expect(clientName('curl/8.0', 'BROWSER')).toBe('curl/8.0')
  expect(clientName('connect-es/2.2.0', 'CLI')).toBe('connect-es/2.2.0')
  expect(clientName(null, 'CLI')).toBe('Command line')
})
