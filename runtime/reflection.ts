import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_api,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_source_context,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_type,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt'
import { Code, ConnectError } from '@connectrpc/connect'
import {
  type ServerReflectionRequest,
  type ServerReflectionResponse,
  ServerReflection as V1,
} from '../gen/proto/grpc/reflection/v1/reflection_pb.ts'
import { ServerReflection as V1Alpha } from '../gen/proto/grpc/reflection/v1alpha/reflection_pb.ts'
import { PlatformError } from '../lib/errors.ts'
import { withGrpcClient } from './grpc-client.ts'
import type { Address } from './runtime.ts'

/** As for .proto files: see `builder/descriptors/compile.ts`. */
const maxBytes = 4 * 1024 * 1024
const maxFiles = 2000

/** Sends one question and waits for its answer. */
type Ask = (question: ServerReflectionRequest['messageRequest']) => Promise<ServerReflectionResponse['messageResponse']>

/**
 * The descriptors of a running gRPC server: a serialised google.protobuf.FileDescriptorSet in which each file comes after those it imports,
 * without gRPC's own reflection and health services. Undefined when the server has no reflection, or no services.
 * @throws PlatformError `failed_precondition` when what it answers is no whole set of descriptors
 */
export async function reflectDescriptors(address: Address, signal: AbortSignal): Promise<Uint8Array | undefined> {
  for (const service of [V1, V1Alpha]) {
    try {
      const files = await withGrpcClient(service, address, { readMaxBytes: maxBytes }, (client) =>
        converse((requests) => client.serverReflectionInfo(requests, { signal }), collectFiles),
      )
      return files && toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: sortByImports(files) }))
    } catch (error) {
      if (error instanceof PlatformError) throw error
      const { code } = ConnectError.from(error)
      // UNKNOWN: an HTTP/2 server that is no gRPC server answered in its own way.
      if (code !== Code.Unimplemented && code !== Code.Unknown) throw unusable(`The server's reflection failed: ${Code[code]}.`, error)
    }
  }
  return undefined
}

/** Every file that the server's services need; undefined when it has none of its own. */
async function collectFiles(ask: Ask): Promise<Map<string, FileDescriptorProto> | undefined> {
  const listed = await ask({ case: 'listServices', value: '*' })
  if (listed.case !== 'listServicesResponse') throw unusable('The server does not list its services.')
  const names = listed.value.service.map(({ name }) => name).filter((name) => !isPlumbing(name))
  if (names.length === 0) return undefined
  const files = new Map<string, FileDescriptorProto>()
  for (const name of names) await addAnswer(files, `the service ${name}`, () => ask({ case: 'fileContainingSymbol', value: name }))
  for (let missing = missingImports(files); missing.length > 0; missing = missingImports(files)) {
    for (const name of missing) {
      const known = wellKnown.get(name)
      if (known) files.set(name, known)
      else await addAnswer(files, `the file ${name}`, () => ask({ case: 'fileByFilename', value: name }), name)
    }
  }
  return files
}

const isPlumbing = (service: string): boolean => service.startsWith('grpc.reflection.') || service.startsWith('grpc.health.')

async function addAnswer(
  files: Map<string, FileDescriptorProto>,
  what: string,
  ask: () => ReturnType<Ask>,
  wanted?: string,
): Promise<void> {
  const answer = await ask()
  if (answer.case !== 'fileDescriptorResponse') throw unusable(`The server's reflection does not know ${what}.`)
  for (const bytes of answer.value.fileDescriptorProto) {
    const file = parse(bytes)
    files.set(file.name, file)
  }
  if (files.size > maxFiles) throw unusable(`The server describes itself with more than ${maxFiles} files.`)
  if (wanted !== undefined && !files.has(wanted)) throw unusable(`The server's reflection does not know ${what}.`)
}

function parse(bytes: Uint8Array): FileDescriptorProto {
  try {
    return fromBinary(FileDescriptorProtoSchema, bytes)
  } catch (cause) {
    throw unusable("The server's reflection answered with something that is no descriptor.", cause)
  }
}

const missingImports = (files: ReadonlyMap<string, FileDescriptorProto>): string[] => [
  ...new Set([...files.values()].flatMap(({ dependency }) => dependency.filter((name) => !files.has(name)))),
]

function sortByImports(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const sorted = new Map<string, FileDescriptorProto>()
  const visiting = new Set<string>()
  const visit = (file: FileDescriptorProto): void => {
    if (sorted.has(file.name)) return
    if (visiting.has(file.name)) throw unusable(`The server's descriptors import each other in a circle (${file.name}).`)
    visiting.add(file.name)
    for (const name of file.dependency) {
      const dependency = files.get(name)
      if (dependency) visit(dependency)
    }
    sorted.set(file.name, file)
  }
  for (const file of files.values()) visit(file)
  return [...sorted.values()]
}

/** Question and answer in turn over one stream of each. */
async function converse<T>(
  open: (requests: AsyncIterable<Question>) => AsyncIterable<ServerReflectionResponse>,
  use: (ask: Ask) => Promise<T>,
): Promise<T> {
  const questions = new Turns<Question>()
  const answers = open(questions)[Symbol.asyncIterator]()
  let receivedBytes = 0
  try {
    return await use(async (messageRequest) => {
      questions.push({ messageRequest })
      const { value, done } = await answers.next()
      if (done) throw unusable("The server's reflection ended in the middle.")
      if (value.messageResponse.case === 'fileDescriptorResponse') {
        for (const bytes of value.messageResponse.value.fileDescriptorProto) receivedBytes += bytes.length
      }
      if (receivedBytes > maxBytes) throw unusable(`The server describes itself with more than ${maxBytes} bytes.`)
      return value.messageResponse
    })
  } finally {
    questions.end()
  }
}

type Question = { messageRequest: ServerReflectionRequest['messageRequest'] }

/** An async iterable of what is pushed. */
class Turns<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = []
  #ended = false
  #wake: () => void = () => undefined

  push(item: T): void {
    this.#waiting.push(item)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next !== undefined) yield next
      else if (this.#ended) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}

const unusable = (message: string, cause?: unknown): PlatformError =>
  new PlatformError('failed_precondition', message, {
    reason: 'REFLECTION_UNUSABLE',
    hint: 'Put the .proto files into the source instead.',
    cause,
  })

/** Imports that some servers leave to their clients. */
const wellKnown = new Map(
  [
    file_google_protobuf_any,
    file_google_protobuf_api,
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_source_context,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_type,
    file_google_protobuf_wrappers,
  ].map(({ proto }) => [proto.name, proto]),
)
