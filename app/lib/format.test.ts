import { expect, test } from 'vitest'
import { bytes } from './format.ts'

test('sizes are told in the unit that suits them', () => {
  expect([0, 1023, 1024, 1_500_000, 3 * 1024 ** 3].map(bytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '1.4 MiB', '3.0 GiB'])
})
