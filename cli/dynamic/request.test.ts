import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toJson } from '@bufbuild/protobuf'
import { beforeAll, describe, expect, it } from 'vitest'
import { everythingDescriptors, temporaryDirectory } from '../testing/cli.ts'
import { readDynamicArguments } from './arguments.ts'
import { isSwitch } from './fields.ts'
import { buildRequest } from './request.ts'
import { findMethod, type RemoteService, readService } from './service.ts'

let service: RemoteService

beforeAll(async () => {
  service = readService({ name: 'everything', protocol: 'grpc' }, 'everything', await everythingDescriptors())
})

/** The request that a command line makes, as protobuf JSON. */
function request(...argv: string[]) {
  const { input } = findMethod(service, undefined)
  const { fields, json } = readDynamicArguments(argv, (path) => isSwitch(input, path))
  return toJson(input, buildRequest(input, service.registry, fields, json), { registry: service.registry })
}

describe('a request from flags', () => {
  it.each<[string[], unknown]>([
    [[], {}],
    [['--name=Alice'], { name: 'Alice' }],
    [['--name', 'Alice'], { name: 'Alice' }],
    [['--name', '--age'], { name: '--age' }],
    [['--name='], {}],
    [['--name=a=b'], { name: 'a=b' }],
    [['--name=two\nlines'], { name: 'two\nlines' }],
    [['--name=1'], { name: '1' }],
    [['--name', 'a', '--name', 'b'], { name: 'b' }],
    [['--age=42'], { age: 42 }],
    [['--age', '-5'], { age: -5 }],
    [['--age=+7'], { age: 7 }],
    [['--age=2147483647'], { age: 2147483647 }],
    [['--size=4294967295'], { size: 4294967295 }],
    [['--big=9223372036854775807'], { big: '9223372036854775807' }],
    [['--big=-9223372036854775808'], { big: '-9223372036854775808' }],
    [['--huge=18446744073709551615'], { huge: '18446744073709551615' }],
    [['--ratio=1.5e3'], { ratio: 1500 }],
    [['--ratio=.5'], { ratio: 0.5 }],
    [['--ratio=-inf'], { ratio: '-Infinity' }],
    [['--weight=NaN'], { weight: 'NaN' }],
    // bools are switches, by any spelling of the name
    [['--is-member'], { isMember: true }],
    [['--is_member'], { isMember: true }],
    [['--isMember'], { isMember: true }],
    [['--is-member=false'], {}],
    [['--is-member=yes'], { isMember: true }],
    [['--is-member', '--name=x'], { isMember: true, name: 'x' }],
    [['--is-member', '--no-is-member'], {}],
    // enums by name in any form, or by number
    [['--colour=COLOUR_RED'], { colour: 'COLOUR_RED' }],
    [['--colour=red'], { colour: 'COLOUR_RED' }],
    [['--colour=Dark-Blue'], { colour: 'COLOUR_DARK_BLUE' }],
    [['--colour=2'], { colour: 'COLOUR_DARK_BLUE' }],
    [['--colour=77'], { colour: 77 }],
    [['--colours=red', '--colours', 'dark_blue'], { colours: ['COLOUR_RED', 'COLOUR_DARK_BLUE'] }],
    // bytes
    [['--picture=aGk='], { picture: 'aGk=' }],
    [['--picture=aGk'], { picture: 'aGk=' }],
    [['--picture=_-8'], { picture: '/+8=' }],
    // nested
    [['--address.city=Oslo', '--address.house-number=3'], { address: { city: 'Oslo', houseNumber: 3 } }],
    [['--address.next.next.city=Far'], { address: { next: { next: { city: 'Far' } } } }],
    [['--address={"city":"Oslo","house_number":3}'], { address: { city: 'Oslo', houseNumber: 3 } }],
    [['--address={"city":"Oslo"}', '--address.houseNumber=4'], { address: { city: 'Oslo', houseNumber: 4 } }],
    // repeated
    [['--tags=a', '--tags', 'b,c'], { tags: ['a', 'b,c'] }],
    [['--tags=[x]'], { tags: ['[x]'] }],
    [['--numbers=1', '--numbers', '-2'], { numbers: [1, -2] }],
    [['--numbers=[3,4]'], { numbers: [3, 4] }],
    [['--numbers.0=1', '--numbers.1=2'], { numbers: [1, 2] }],
    [['--places={"city":"A"}', '--places={"city":"B"}'], { places: [{ city: 'A' }, { city: 'B' }] }],
    [['--places.0.city=A', '--places.0.house-number=1', '--places.1.city=B'], { places: [{ city: 'A', houseNumber: 1 }, { city: 'B' }] }],
    // maps
    [['--labels', 'a=1', '--labels=b=2=3'], { labels: { a: '1', b: '2=3' } }],
    [['--labels.a=1', '--labels.c-d=2'], { labels: { a: '1', 'c-d': '2' } }],
    [['--labels={"a":"1"}', '--labels', 'b=2'], { labels: { a: '1', b: '2' } }],
    [['--labels', 'empty='], { labels: { empty: '' } }],
    [['--counts', '7=8'], { counts: { 7: '8' } }],
    [['--homes.alice.city=Oslo'], { homes: { alice: { city: 'Oslo' } } }],
    [['--homes', 'bob={"city":"Rome"}'], { homes: { bob: { city: 'Rome' } } }],
    [['--painted', 'x=red'], { painted: { x: 'COLOUR_RED' } }],
    // well-known types
    [['--at=2026-01-02T03:04:05Z'], { at: '2026-01-02T03:04:05Z' }],
    [['--wait=1.5s'], { wait: '1.500s' }],
    [['--nick=Al'], { nick: 'Al' }],
    [['--nick='], { nick: '' }],
    [['--maybe'], { maybe: true }],
    [['--maybe=false'], { maybe: false }],
    [['--meta.a=1', '--meta.b.c=text', '--meta.d=[true]'], { meta: { a: 1, b: { c: 'text' }, d: [true] } }],
    [['--meta={"x":{"y":null}}'], { meta: { x: { y: null } } }],
    [['--any-value={"a":1}'], { anyValue: { a: 1 } }],
    [['--any-value=plain'], { anyValue: 'plain' }],
    [['--note='], { note: '' }],
    [['--left=a'], { left: 'a' }],
    // the whole request, and flags over it
    [['--json={"name":"A","is_member":true}'], { name: 'A', isMember: true }],
    [
      ['--json', '{"name":"A","address":{"city":"X"}}', '--name=B', '--address.house-number=2'],
      { name: 'B', address: { city: 'X', houseNumber: 2 } },
    ],
    [['--name=B', '--json={"name":"A","tags":["x"]}', '--tags=y'], { name: 'B', tags: ['x', 'y'] }],
    // a field that is named like a flag of the CLI
    [['--name=x', '--', '--namespace=mine'], { name: 'x', namespace: 'mine' }],
  ])('%j', (argv, expected) => {
    expect(request(...argv)).toEqual(expected)
  })

  it('takes bytes from a file', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'picture')
    await writeFile(file, Buffer.from([0, 255, 10]))
    expect(request(`--picture=@${file}`)).toEqual({ picture: 'AP8K' })
  })

  it('sets a map entry that is called __proto__ and nothing else', () => {
    const made = request('--labels', '__proto__=x', '--labels.__proto__=y')
    expect(JSON.stringify(made)).toBe('{"labels":{"__proto__":"y"}}')
  })
})

describe('a request that does not fit', () => {
  it.each<[string[], string]>([
    [['--age=abc'], '--age is an int32, not "abc"'],
    [['--age=1.5'], '--age is an int32'],
    [['--age=2147483648'], 'out of the range of int32, -2147483648 to 2147483647'],
    [['--size=-1'], 'out of the range of uint32'],
    [['--huge=18446744073709551616'], 'out of the range of uint64'],
    [['--ratio=wide'], '--ratio is a double'],
    [['--weight=1e39'], 'out of the range of a float'],
    [['--is-member=perhaps'], '--is-member is a bool'],
    [['--colour=green'], '--colour is one of unspecified, red, dark_blue'],
    [['--picture=a?b'], '--picture is bytes'],
    [['--picture=@/no/such/file'], "can't be read: it does not exist"],
    [['--nmae=x'], 'no field for --nmae'],
    [['--address.town=x'], 'no field for --address.town'],
    [['--name.first=x'], 'name has no fields of its own'],
    [['--tags.0.x=1'], 'items of tags have no fields'],
    [['--numbers.5=1'], 'numbered from 0'],
    [['--labels=novalue'], '--labels KEY=VALUE'],
    [['--counts', 'x=1'], 'counts'],
    [['--address=Oslo'], 'not JSON'],
    [['--address=[1]'], 'give it as a JSON object'],
    [['--at=yesterday'], 'Timestamp'],
    [['--left=a', '--right=b'], 'choice'],
    [['--name'], '--name needs a value'],
    [['--json=[1]'], 'does not fit'],
    [['--json={"nope":1}'], '"nope"'],
    [['--json={oops'], 'not JSON'],
    [['-x'], 'no flag -x'],
    [['--timeout=soon'], '--timeout is a time span'],
    [['-H', 'nocolon'], 'not KEY=VALUE'],
  ])('%j', (argv, message) => {
    expect(() => request(...argv)).toThrow(expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(message) }))
  })

  it('suggests the field that was meant', () => {
    expect(() => request('--nmae=x')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ hint: expect.stringContaining('Did you mean --name?') }) }),
    )
  })
})

describe('an endpoint', () => {
  it.each([
    [undefined, 'everything.Everything.Call'],
    ['call', 'everything.Everything.Call'],
    ['fail-now', 'everything.Everything.FailNow'],
    ['FAILNOW', 'everything.Everything.FailNow'],
    ['Everything.Stream', 'everything.Everything.Stream'],
    ['everything.Everything/Stream', 'everything.Everything.Stream'],
    ['everything.other.call', 'everything.Other.Call'],
    ['only_here', 'everything.Other.OnlyHere'],
  ])('%s is %s', (asked, name) => {
    const method = findMethod(service, asked)
    expect(`${method.parent.typeName}.${method.name}`).toBe(name)
  })

  it('that does not exist is an error that lists those that do', () => {
    expect(() => findMethod(service, 'steram')).toThrow(
      expect.objectContaining({
        code: 'not_found',
        details: { hint: expect.stringMatching(/Did you mean Stream\?.*Everything\.Call, .*Other\.OnlyHere/) },
      }),
    )
  })
})

describe('metadata', () => {
  it('is read from -H in the forms of this CLI and of curl', () => {
    const { headers, timeoutMs } = readDynamicArguments(['-H', 'a=1', '-Hb: 2', '--header=c=3', '--timeout', '1.5s'], () => false)
    expect(headers).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ])
    expect(timeoutMs).toBe(1500)
  })
})
