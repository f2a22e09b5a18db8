import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { describe, expect, test } from 'vitest'
import { fileDescriptor } from './descriptor.ts'
import type { GeneratedFile } from './generate.ts'
import { serviceNames } from './names.ts'
import { generatedService, needsToolchain, run } from './testing.ts'

/** Short, long, with digits, and those that generated code writes in another way. */
const names = [
  'helloworld',
  'say-hello',
  'a',
  'x-1-y',
  'v2',
  'message',
  'gen-file',
  'object',
  'partial',
  'import',
  'longest-types-on-one-line',
  'shortest-type-on-two-lines',
  'a-name-of-thirty-characters-ok',
]

describe.each(names)('the stubs of %s', (name) => {
  test('describe what buf reads from the proto', async () => {
    await using service = await generatedService({ name, lang: 'go', template: 'rpc' })
    const image = join(service.path, 'image.binpb')
    await run(['buf', 'build', 'proto', '--exclude-source-info', '--output', image], service.path)
    const compiled = fromBinary(FileDescriptorSetSchema, await readFile(image)).file[0]
    if (!compiled) throw new Error('buf compiled nothing.')
    // buf's own notes on a file.
    delete compiled.$unknown

    const style = { goPackage: `example/${name}/pb`, jsonNames: true }
    expect(fileDescriptor(serviceNames(name, 'go', 'rpc'), style)).toEqual(compiled)
  })

  test('in TypeScript are what protoc-gen-es makes', async () => {
    await using service = await generatedService({ name, lang: 'typescript', template: 'rpc' })
    await run(['buf', 'generate'], service.path)
    expect(await onDisk(service)).toEqual(service.files)
  })
})

test.each(['helloworld', 'message', 'gen-file', 'object'])('the TypeScript of %s passes the type checker', async (name) => {
  await using service = await generatedService({ name, lang: 'typescript', template: 'rpc' })
  await symlink(join(import.meta.dirname, '..', '..', 'node_modules'), join(service.path, 'node_modules'))
  expect(await run(['tsc', '--project', '.'], service.path)).toBe('')
})

test('the stubs in Python are what grpcio-tools makes', { timeout: 600_000 }, async (context) => {
  await needsToolchain('python', context)
  await using tools = await generatedService({ name: 'tools', lang: 'python', template: 'rpc' })
  await run(['python3', '-m', 'venv', '.venv'], tools.path)
  await run(['.venv/bin/pip', 'install', '--quiet', 'grpcio-tools==1.85.1'], tools.path)

  const python = join(tools.path, '.venv', 'bin', 'python')
  for (const name of names) {
    await using service = await generatedService({ name, lang: 'python', template: 'rpc' })
    const proto = `proto/${name.replaceAll('-', '')}.proto`
    await run([python, '-m', 'grpc_tools.protoc', '-I', 'proto', '--python_out=.', '--grpc_python_out=.', proto], service.path)
    expect(await onDisk(service)).toEqual(service.files)
  }
})

test('the stubs in Go are what protoc-gen-go and protoc-gen-go-grpc make', { timeout: 600_000 }, async (context) => {
  await needsToolchain('go', context)
  await using tools = await generatedService({ name: 'tools', lang: 'go', template: 'rpc' })
  await run(['go', 'install', 'google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.11'], tools.path)
  await run(['go', 'install', 'google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2'], tools.path)

  for (const name of names) {
    await using service = await generatedService({ name, lang: 'go', template: 'rpc' })
    await run(['buf', 'generate'], service.path)
    expect(await onDisk(service)).toEqual(service.files)
    expect(await run(['gofmt', '-l', '.'], service.path)).toBe('')
  }
})

/** The generated files as they stand now. */
const onDisk = (service: { path: string; files: GeneratedFile[] }): Promise<GeneratedFile[]> =>
  Promise.all(service.files.map(async ({ path }) => ({ path, content: await readFile(join(service.path, path), 'utf8') })))
