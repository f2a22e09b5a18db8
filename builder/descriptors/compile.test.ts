import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildFiles, removeDirectory, temporaryDirectory } from '../../testing/builds.ts'
import { testBuilder } from '../../testing/directory-builder.ts'
import type { Builder, DirectoryArtifact } from '../builder.ts'

let root: string
let builder: Builder<DirectoryArtifact>
beforeAll(async () => {
  root = await temporaryDirectory('micro-protos-')
  builder = testBuilder(root)
})
afterAll(() => removeDirectory(root))

const build = (files: Record<string, string>, namespace?: string) =>
  buildFiles(builder, root, { files: { 'server.js': '', ...files }, ...(namespace ? { namespace } : {}) })

const namesOf = (descriptors: Uint8Array | undefined) =>
  fromBinary(FileDescriptorSetSchema, descriptors ?? new Uint8Array()).file.map(({ name }) => name)

const head = 'syntax = "proto3";\npackage hello.v1;\n'
const messages = `${head}message Request { string name = 1; }\n`

test('imports between files, the well-known types, and google.api.http without having it', async () => {
  const service = `${head}import "hello/v1/messages.proto";\nimport "google/api/annotations.proto";\nimport "google/protobuf/empty.proto";
service Hello { rpc Call(Request) returns (google.protobuf.Empty) { option (google.api.http) = { get: "/v1/{name}" }; } }\n`
  const { artifact } = await build({ 'proto/hello/v1/messages.proto': messages, 'proto/hello/v1/hello.proto': service })
  const names = namesOf(artifact.descriptors)
  for (const name of ['hello/v1/messages.proto', 'hello/v1/hello.proto', 'google/api/http.proto', 'google/protobuf/empty.proto'])
    expect(names).toContain(name)
  expect(artifact.settings.protocol).toBe('grpc')
})

test('files beside each other', async () => {
  const { artifact } = await build({ 'a.proto': `${head}import "b.proto";\nmessage A { Request b = 1; }`, 'b.proto': messages })
  expect(namesOf(artifact.descriptors).sort()).toEqual(['a.proto', 'b.proto'])
  expect(artifact.settings.protocol).toBeUndefined()
})

test('compiled once for a namespace', async () => {
  await build({ 'one.proto': messages, 'v.txt': '1' })
  const { log } = await build({ 'one.proto': messages, 'v.txt': '2' })
  expect(log).toContain('==> Compile one.proto (cached)')
  const other = await build({ 'one.proto': messages }, 'ns_other')
  expect(other.log).not.toContain('==> Compile one.proto (cached)')
})

test('an error is told with file and line', async () => {
  const broken = `${head}message Request { strin name = 1; }\nmessage Other { Missing x = 1; }\n`
  await expect(build({ 'proto/hello.proto': broken })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringMatching(/The \.proto files do not compile:\n(.*\/)?proto\/hello\.proto:3:19:/),
    details: { reason: 'PROTO_INVALID' },
  })
  await expect(build({ 'proto/hello.proto': `${head}import "gone.proto";` })).rejects.toThrow(
    /hello\.proto:3:1:imported file does not exist: import "gone\.proto";/,
  )
})

test('a source that says it is http may have protos that do not compile', async () => {
  const { artifact, log } = await build({ 'a.proto': 'nonsense', 'micro.yaml': 'protocol: http' })
  expect(artifact.descriptors).toBeUndefined()
  expect(log.join('\n')).toContain('because the protocol is http')
})

test('a configuration of buf in the source is read, not carried out', async () => {
  const config = 'version: v2\nmodules:\n  - path: idl\ndeps:\n  - unreachable.invalid/acme/protos\n'
  const { artifact } = await build({ 'buf.yaml': config, 'idl/x.proto': messages })
  expect(namesOf(artifact.descriptors)).toEqual(['x.proto'])
})
