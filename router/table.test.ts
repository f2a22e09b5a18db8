import { beforeAll, describe, expect, test } from 'vitest'
import { type Descriptors, readDescriptors } from './descriptors.ts'
import { createRouteTable, type Route } from './table.ts'
import { greetDescriptors } from './testing.ts'

let descriptors: Descriptors
beforeAll(async () => {
  descriptors = readDescriptors(await greetDescriptors())
})

const route = (service: string, more: Partial<Route> = {}): Route => ({
  namespace: 'bright-fox',
  service,
  release: 1,
  protocol: 'http',
  public: true,
  upstreams: [],
  unavailableReason: '',
  draining: [],
  ...more,
})
const rpc = (service: string, more: Partial<Route> = {}) => route(service, { protocol: 'grpc', descriptors, ...more })
const namespace = 'bright-fox'

describe('a route table', () => {
  test('matches a service without case and separators, within its namespace only', () => {
    const table = createRouteTable()
    const hello = route('say-hello')
    table.set(hello)
    table.set(route('other', { namespace: 'grey-owl' }))
    for (const service of ['say-hello', 'sayhello', 'SayHello', 'say_hello'])
      expect(table.match({ namespace, service })).toEqual({ kind: 'route', route: hello })
    expect(table.match({ namespace, service: 'other' })).toEqual({ kind: 'none' })
    expect(table.match({ namespace: 'nobody', service: 'say-hello' })).toEqual({ kind: 'none' })
    expect(table.match({ namespace, service: '__proto__' })).toEqual({ kind: 'none' })
  })

  test('matches a gRPC type, and names all that have it', () => {
    const table = createRouteTable()
    const [one, two] = [rpc('one'), rpc('two')]
    table.set(one)
    expect(table.match({ namespace, type: 'greet.v1.Greeter' })).toEqual({ kind: 'route', route: one })
    table.set(two)
    expect(table.match({ namespace, type: 'greet.v1.Greeter' })).toEqual({ kind: 'ambiguous', routes: [one, two] })
    table.set(rpc('two', { descriptors: undefined }))
    expect(table.match({ namespace, type: 'greet.v1.Greeter' })).toEqual({ kind: 'route', route: one })
    table.remove({ namespace, service: 'one' })
    expect(table.match({ namespace, type: 'greet.v1.Greeter' })).toEqual({ kind: 'none' })
  })

  test('replaces a route and forgets one', () => {
    const table = createRouteTable()
    table.set(route('hello'))
    table.set(route('hello', { release: 2 }))
    expect(table.list(namespace)).toMatchObject([{ release: 2 }])
    table.remove({ namespace, service: 'hel-lo' })
    expect(table.list()).toHaveLength(1)
    table.remove({ namespace, service: 'hello' })
    expect(table.list()).toEqual([])
    expect(table.hasNamespace(namespace)).toBe(true)
  })

  test('refuses two services of one name, and applies none of a change that holds them', () => {
    const table = createRouteTable()
    table.set(route('say-hello'))
    expect(() => table.set(route('sayhello'))).toThrow('"say-hello" and "sayhello"')
    const change = {
      removeRoutes: [{ namespace, service: 'say-hello' }],
      namespaces: ['new'],
      routes: [route('a'), route('b-c'), route('bc')],
    }
    expect(() => table.apply(change)).toThrow('"b-c" and "bc"')
    expect(table.list().map(({ service }) => service)).toEqual(['say-hello'])
    expect(table.hasNamespace('new')).toBe(false)
    table.apply({ removeRoutes: [{ namespace, service: 'say-hello' }], routes: [route('sayhello')] })
    expect(table.list().map(({ service }) => service)).toEqual(['sayhello'])
  })

  test('a snapshot forgets what was before, and a namespace takes its routes along', () => {
    const table = createRouteTable()
    table.set(route('hello'))
    table.apply({ snapshot: true, namespaces: ['grey-owl'], routes: [rpc('hello', { namespace: 'grey-owl' })] })
    expect(table.hasNamespace(namespace)).toBe(false)
    expect(table.list()).toHaveLength(1)
    table.apply({ removeNamespaces: ['grey-owl'] })
    expect(table.match({ namespace: 'grey-owl', type: 'greet.v1.Greeter' })).toEqual({ kind: 'none' })
  })

  test('a match costs the same in a large table', () => {
    const time = (services: number) => {
      const table = createRouteTable()
      const routes = Array.from({ length: services }, (_, i) => route(`service${i}`, { namespace: `ns${i % 100}` }))
      table.apply({ routes })
      const started = performance.now()
      for (let i = 0; i < 50_000; i++) table.match({ namespace: 'ns1', service: 'service1' })
      return performance.now() - started
    }
    time(10)
    expect(time(50_000)).toBeLessThan(10 * time(100) + 20)
  })
})

test('descriptors in any order make a registry', async () => {
  const { fromBinary, toBinary } = await import('@bufbuild/protobuf')
  const { FileDescriptorSetSchema } = await import('@bufbuild/protobuf/wkt')
  const set = fromBinary(FileDescriptorSetSchema, descriptors.bytes)
  set.file.reverse()
  const reversed = readDescriptors(toBinary(FileDescriptorSetSchema, set))
  expect(reversed.types).toEqual(['greet.v1.Greeter', 'greet.v1.Admin'])
  expect(reversed.services().map(({ typeName }) => typeName)).toEqual(reversed.types)
})
