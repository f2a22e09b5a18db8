import { create, createFileRegistry } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { commentOf } from './proto-comments.ts'

function messageWith(count: number) {
  const field = Array.from({ length: count }, (_, i) => ({ name: `f${i}`, number: i + 1, type: 9, label: 1, jsonName: `f${i}` }))
  const location = field.map((_, i) => ({ path: [4, 0, 2, i], span: [i, 0, 1], leadingComments: ` Field ${i}.\n Of many.\n` }))
  const file = create(FileDescriptorProtoSchema, {
    name: 'a.proto',
    package: 'a',
    syntax: 'proto3',
    messageType: [{ name: 'M', field }],
    sourceCodeInfo: { location },
  })
  return createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage('a.M')
}

test('each element has its own comment', () => {
  const message = messageWith(3)
  expect(message?.fields.map(commentOf)).toEqual(['Field 0.\nOf many.', 'Field 1.\nOf many.', 'Field 2.\nOf many.'])
  expect(message && commentOf(message)).toBe('')
})

test('many elements take time that grows with their number only', () => {
  const message = messageWith(50_000)
  const start = performance.now()
  expect(message?.fields.map(commentOf)).toHaveLength(50_000)
  expect(performance.now() - start).toBeLessThan(3000)
}, 30_000)
