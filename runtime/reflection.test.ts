import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { create, createFileRegistry, type DescFile, fromBinary, toBinary } from '@bufbuild/protobuf'
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { afterEach, describe, expect, test } from 'vitest'
import { file_grpc_health_v1_health } from '../gen/proto/grpc/health/v1/health_pb.ts'
import {
  file_grpc_reflection_v1_reflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflectionResponseSchema,
  ServerReflection as V1,
} from '../gen/proto/grpc/reflection/v1/reflection_pb.ts'
import { ServerReflection as V1Alpha } from '../gen/proto/grpc/reflection/v1alpha/reflection_pb.ts'
import { file_micro_runtime_v1_runtime } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { reflectDescriptors } from './reflection.ts'
import type { Address } from './runtime.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

describe('reflection', () => {
  test.each([
    ['v1', V1],
    ['v1alpha', V1Alpha],
  ])('over %s gives the services with all they import, imports first', async (_, service) => {
    const address = await serve((router) => router.service(service, { serverReflectionInfo: answerFrom(microFiles) }))
    const files = await reflect(address)
    const names = files.map(({ name }) => name)
    expect(names).toContain('micro/runtime/v1/runtime.proto')
    expect(names.some((name) => name.startsWith('grpc/'))).toBe(false)
    for (const [index, { dependency }] of files.entries()) {
      for (const imported of dependency) expect(names.slice(0, index)).toContain(imported)
    }
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: files }))
    expect(registry.getService('micro.runtime.v1.RuntimeService')?.methods.length).toBeGreaterThan(0)
  })

  test('adds well-known imports that the server leaves out', async () => {
    const own = microFiles.filter(({ proto }) => !proto.name.startsWith('google/'))
    const address = await serve((router) => router.service(V1, { serverReflectionInfo: answerFrom(own) }))
    expect((await reflect(address)).map(({ name }) => name)).toContain('google/protobuf/timestamp.proto')
  })

  test('is undefined for a server without it', async () => {
    expect(await reflectDescriptors(await serve(() => undefined), signal())).toBeUndefined()
  })

  test('is undefined for an HTTP/2 server that speaks no gRPC', async () => {
    const server = http2.createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>'))
    expect(await reflectDescriptors(await listen(server), signal())).toBeUndefined()
  })

  test('is undefined for a server with gRPC services of its own only', async () => {
    const address = await serve((router) => router.service(V1, { serverReflectionInfo: answerFrom(grpcFiles) }))
    expect(await reflectDescriptors(address, signal())).toBeUndefined()
  })

  test.each([
    ['a file is missing', [file('one.proto', 'gone.proto', ['B'])], /does not know the file gone\.proto/],
    ['files import each other in a circle', [file('one.proto', 'two.proto', ['B']), file('two.proto', 'one.proto', [])], /in a circle/],
  ])('is refused when %s', async (_, files, message) => {
    const address = await serve((router) => router.service(V1, { serverReflectionInfo: answerFrom(files) }))
    await expect(reflectDescriptors(address, signal())).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringMatching(message),
    })
  })

  test('is refused when the answer is no descriptor, or an error', async () => {
    const broken = await serve((router) =>
      router.service(V1, {
        async *serverReflectionInfo(requests) {
          for await (const { messageRequest } of requests) {
            if (messageRequest.case === 'listServices') yield listing(['a.B'])
            else yield descriptors([new Uint8Array([0xff, 0xff])])
          }
        },
      }),
    )
    await expect(reflectDescriptors(broken, signal())).rejects.toMatchObject({ message: expect.stringContaining('no descriptor') })
    const denied = await serve((router) =>
      router.service(V1, {
        // biome-ignore lint/correctness/useYield: it fails before it answers.
        async *serverReflectionInfo() {
          throw new ConnectError('no', Code.PermissionDenied)
        },
      }),
    )
    await expect(reflectDescriptors(denied, signal())).rejects.toMatchObject({ details: { reason: 'REFLECTION_UNUSABLE' } })
  })
})

const signal = () => AbortSignal.timeout(10_000)

async function reflect(address: Address): Promise<FileDescriptorProto[]> {
  const set = await reflectDescriptors(address, signal())
  return fromBinary(FileDescriptorSetSchema, set ?? new Uint8Array()).file
}

/** The file and everything it imports, itself first. */
function withImports(file: DescFile): DescFile[] {
  return [...new Set([file, ...file.dependencies.flatMap(withImports)])]
}

const grpcFiles = [file_grpc_health_v1_health, file_grpc_reflection_v1_reflection]
const microFiles = [...withImports(file_micro_runtime_v1_runtime), ...grpcFiles]

function file(name: string, imported: string, services: string[]): { proto: FileDescriptorProto } {
  const service = services.map((each) => ({ name: each }))
  return { proto: create(FileDescriptorProtoSchema, { name, package: 'a', dependency: [imported], service }) }
}

/** Reflection as gRPC describes it: one file an answer, so that the client has to ask for the imports. */
function answerFrom(files: readonly { proto: FileDescriptorProto }[]) {
  const named = (service: string) => files.find(({ proto }) => proto.service.some(({ name }) => `${proto.package}.${name}` === service))
  return async function* (requests: AsyncIterable<ServerReflectionRequest>): AsyncGenerator<ServerReflectionResponse> {
    for await (const { messageRequest: asked } of requests) {
      if (asked.case === 'listServices') {
        yield listing(files.flatMap(({ proto }) => proto.service.map(({ name }) => `${proto.package}.${name}`)))
        continue
      }
      const file = asked.case === 'fileContainingSymbol' ? named(asked.value) : files.find(({ proto }) => proto.name === asked.value)
      yield file
        ? descriptors([toBinary(FileDescriptorProtoSchema, file.proto)])
        : create(ServerReflectionResponseSchema, {
            messageResponse: { case: 'errorResponse', value: { errorCode: 5, errorMessage: 'not found' } },
          })
    }
  }
}

const listing = (names: string[]) =>
  create(ServerReflectionResponseSchema, {
    messageResponse: { case: 'listServicesResponse', value: { service: names.map((name) => ({ name })) } },
  })

const descriptors = (fileDescriptorProto: Uint8Array[]) =>
  create(ServerReflectionResponseSchema, { messageResponse: { case: 'fileDescriptorResponse', value: { fileDescriptorProto } } })

const serve = (routes: (router: ConnectRouter) => void) => listen(http2.createServer(connectNodeAdapter({ routes })))

async function listen(server: http2.Http2Server): Promise<Address> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => server.close())
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}
