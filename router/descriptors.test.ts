import { create, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { expect, test } from 'vitest'
import { readDescriptors } from './descriptors.ts'
import { createRouteTable } from './table.ts'

test('a service that describes itself with the same type over and over does not keep the router busy', () => {
  const service = Array.from({ length: 100_000 }, () => ({ name: 'Same' }))
  const set = create(FileDescriptorSetSchema, { file: [{ name: 'a.proto', package: 'a', service }] })
  const descriptors = readDescriptors(toBinary(FileDescriptorSetSchema, set))
  const start = performance.now()
  const table = createRouteTable()
  const names = { namespace: 'bright-fox', service: 'odd' }
  const rest = { release: 1, protocol: 'grpc', public: true, upstreams: [], unavailableReason: '', draining: [] } as const
  table.set({ ...names, ...rest, descriptors })
  expect(table.match({ namespace: 'bright-fox', type: 'a.Same' })).toMatchObject({ kind: 'route', route: names })
  table.remove(names)
  expect(performance.now() - start).toBeLessThan(2_000)
}, 60_000)
