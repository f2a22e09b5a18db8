import { describe, expect, test } from 'vitest'
import { generateService } from './generate.ts'
import { languages, templateKinds } from './names.ts'

const all = languages.flatMap((lang) => templateKinds.map((template) => ({ lang, template })))

describe.each(all)('a service in $lang by $template', ({ lang, template }) => {
  const files = generateService({ name: 'say-hello', lang, template })

  test('has no placeholder left, in its paths or in its files', () => {
    for (const { path, content } of files) expect(path + content).not.toContain('{{')
  })

  test('says nothing of another service', () => {
    for (const { path, content } of files) expect((path + content).toLowerCase()).not.toContain('helloworld')
  })

  test('has what a repository needs, and ends each file with one newline', () => {
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['.gitignore', 'README.md']))
    for (const { path, content } of files) expect(content, path).toMatch(/\S\n\n?$/)
  })

  test('names no address of a package registry', () => {
    for (const { path, content } of files) expect(content, path).not.toMatch(/"resolved"|registry\./)
  })

  test('comes out the same each time', () => {
    expect(generateService({ name: 'say-hello', lang, template })).toEqual(files)
  })
})

test.each(languages)('a service by rpc in %s has its proto, with comments for --help', (lang) => {
  const proto = generateService({ name: 'say-hello', lang, template: 'rpc' }).find(({ path }) => path === 'proto/sayhello.proto')
  expect(proto?.content).toContain('package sayhello;\n')
  expect(proto?.content).toContain('service SayHello {\n  // Greets someone by name.\n  rpc Call(CallRequest) returns (CallResponse);\n')
  expect(proto?.content).toContain('rpc Stream(StreamRequest) returns (stream StreamResponse);')
})

test('TypeScript uses the versions of protobuf and Connect that Micro itself uses', async () => {
  const own = await import('../../package.json', { with: { type: 'json' } })
  const generated = generateService({ name: 'hello', lang: 'typescript', template: 'rpc' }).find(({ path }) => path === 'package.json')
  const { dependencies } = JSON.parse(generated?.content ?? '')
  expect(Object.keys(dependencies)).toHaveLength(3)
  expect(own.default.dependencies).toMatchObject(dependencies)
})
