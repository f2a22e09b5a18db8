import { expect, test } from 'vitest'
import { nearby } from './nearby.ts'

test('names like the one that was asked for, else what there is', () => {
  expect(nearby('gret', ['greet', 'other'], 'services')).toBe(' Did you mean greet?')
  expect(nearby('Cal', ['Greeter.Call', 'Greeter.Watch'], 'endpoints')).toBe(' Did you mean Greeter.Call?')
  expect(nearby('x', ['beta', 'alpha'], 'services')).toBe(' There are: alpha, beta.')
  expect(nearby('x', [], 'services')).toBe(' There are no services.')
})

test('long names, and many of them, do not keep the router from its other requests', () => {
  const long = Array.from({ length: 100 }, (_, i) => `${'a'.repeat(8_000)}${i}`)
  const many = Array.from({ length: 200_000 }, (_, i) => `Endpoint${i}`)
  const start = performance.now()
  nearby('a'.repeat(8_000), long, 'endpoints')
  nearby('EndpointX', many, 'endpoints')
  expect(performance.now() - start).toBeLessThan(2_000)
}, 60_000)
