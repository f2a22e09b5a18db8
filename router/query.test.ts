import { FieldMaskSchema } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { queryToJson } from './query.ts'

test('what repeats becomes a list, however often it does', () => {
  expect(queryToJson(FieldMaskSchema, new URLSearchParams('paths=a&paths=b'))).toEqual({ paths: ['a', 'b'] })
  const many = new URLSearchParams('paths=&'.repeat(500_000))
  const start = performance.now()
  expect(queryToJson(FieldMaskSchema, many).paths).toHaveLength(500_000)
  expect(performance.now() - start).toBeLessThan(2_000)
}, 60_000)
