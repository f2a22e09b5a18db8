import {
  createFileRegistry,
  type DescMethod,
  type DescMethodBiDiStreaming,
  type DescMethodClientStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  type FileRegistry,
  fromBinary,
} from '@bufbuild/protobuf'
import { type FileDescriptorProto, type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'

/** What the RPC endpoints of a release are. */
export interface Descriptors {
  readonly bytes: Uint8Array
  /** Full names of the services: `greet.v1.Greeter`. Those of gRPC itself (health, reflection) are in every release and left out. */
  readonly types: readonly string[]
  /** Built on first use and kept: most services are never called as JSON in the life of a router. */
  registry(): FileRegistry
  services(): readonly DescService[]
}

/** @throws when the bytes are not a FileDescriptorSet */
export function readDescriptors(bytes: Uint8Array): Descriptors {
  const own = typesOf(bytes)
  let registry: FileRegistry | undefined
  const build = () => {
    // Read again: what was read for the types takes ten times the memory of the bytes.
    registry ??= createFileRegistry(inOrder(fromBinary(FileDescriptorSetSchema, bytes)))
    return registry
  }
  return {
    bytes,
    types: own,
    registry: build,
    services: () => own.map((type) => build().getService(type)).filter((desc) => desc !== undefined),
  }
}

/** Each once: a server may describe itself as it likes, and the table holds a list for every type. */
function typesOf(bytes: Uint8Array): string[] {
  const { file } = fromBinary(FileDescriptorSetSchema, bytes)
  const types = file.flatMap(({ package: name, service }) => service.map((each) => (name === '' ? each.name : `${name}.${each.name}`)))
  return [...new Set(types)].filter((type) => !type.startsWith('grpc.'))
}

export const methodPath = (method: DescMethod): string => `/${method.parent.typeName}/${method.name}`

export const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === 'unary'
export const isServerStreaming = (method: DescMethod): method is DescMethodServerStreaming => method.methodKind === 'server_streaming'
export const isClientStreaming = (method: DescMethod): method is DescMethodClientStreaming => method.methodKind === 'client_streaming'
export const isBidiStreaming = (method: DescMethod): method is DescMethodBiDiStreaming => method.methodKind === 'bidi_streaming'

/** Imports before importers, which the registry needs and not every tool that writes descriptors keeps. */
function inOrder(set: FileDescriptorSet): FileDescriptorSet {
  const byName = new Map(set.file.map((file) => [file.name, file]))
  const ordered = new Set<FileDescriptorProto>()
  const visiting = new Set<string>()
  const visit = (name: string) => {
    const file = byName.get(name)
    if (file === undefined || visiting.has(name)) return
    visiting.add(name)
    file.dependency.forEach(visit)
    ordered.add(file)
  }
  for (const file of set.file) visit(file.name)
  return { ...set, file: [...ordered] }
}
