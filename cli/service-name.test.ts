import { expect, it } from 'vitest'
import { ServiceName } from '../lib/names.ts'
import { asServiceName, defaultServiceName } from './service-name.ts'

it.each([
  ['helloworld', 'helloworld'],
  ['My_Service 2', 'my-service-2'],
  ['2048-game', 'game'],
  ['--x--y--', 'x-y'],
  ['Café.Crème', 'cafe-creme'],
  ['a'.repeat(40), 'a'.repeat(30)],
  [`${'a'.repeat(29)}-b`, 'a'.repeat(29)],
])('%s becomes %s, which a service may be called', (text, name) => {
  expect(asServiceName(text)).toBe(name)
  expect(ServiceName.safeParse(name).success).toBe(true)
})

it.each(['', '123', '...', '日本'])('nothing can be made of %j', (text) => {
  expect(() => defaultServiceName(text)).toThrow(/No name for the service/)
})
