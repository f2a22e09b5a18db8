import { createFileRegistry, type DescField, type DescMessage, type DescService, fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { commentOf } from '../../lib/proto-comments.ts'

export type Endpoint = {
  /** Helloworld.Call */
  name: string
  /** helloworld.Helloworld */
  type: string
  method: string
  description: string
  clientStreaming: boolean
  serverStreaming: boolean
  request: Field[]
  response: Field[]
}
export type Field = { name: string; type: string; description: string }

/** Services of a serialised FileDescriptorSet; not those of the protocols around them (health, reflection). */
export function servicesOf(descriptors: Uint8Array): DescService[] {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors))
  return [...registry].filter((desc) => desc.kind === 'service').filter(({ typeName }) => !typeName.startsWith('grpc.'))
}

export function endpointsOf(descriptors: Uint8Array | null): Endpoint[] {
  if (!descriptors) return []
  return servicesOf(descriptors).flatMap((service) =>
    service.methods.map((method) => ({
      name: `${service.name}.${method.name}`,
      type: service.typeName,
      method: method.name,
      description: commentOf(method),
      clientStreaming: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
      serverStreaming: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
      request: fieldsOf(method.input),
      response: fieldsOf(method.output),
    })),
  )
}

const fieldsOf = (message: DescMessage): Field[] =>
  message.fields.map((field) => ({ name: field.name, type: typeOf(field), description: commentOf(field) }))

/** As it stands in a .proto file: string, repeated pkg.Message, map<string, int64>. */
function typeOf(field: DescField): string {
  switch (field.fieldKind) {
    case 'scalar':
      return field.proto.type === undefined ? 'unknown' : scalarName(field.scalar)
    case 'enum':
      return field.enum.typeName
    case 'message':
      return field.message.typeName
    case 'list':
      return `repeated ${field.listKind === 'scalar' ? scalarName(field.scalar) : field.listKind === 'enum' ? field.enum.typeName : field.message.typeName}`
    case 'map':
      return `map<${scalarName(field.mapKey)}, ${field.mapKind === 'scalar' ? scalarName(field.scalar) : field.mapKind === 'enum' ? field.enum.typeName : field.message.typeName}>`
  }
}

/** By google.protobuf.FieldDescriptorProto.Type, whose numbers ScalarType shares. */
const scalarNames = [
  '',
  'double',
  'float',
  'int64',
  'uint64',
  'int32',
  'fixed64',
  'fixed32',
  'bool',
  'string',
  '',
  '',
  'bytes',
  'uint32',
  '',
  'sfixed32',
  'sfixed64',
  'sint32',
  'sint64',
]
const scalarName = (scalar: number): string => scalarNames[scalar] ?? 'unknown'
