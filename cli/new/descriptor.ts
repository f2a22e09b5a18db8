import { create, toBinary } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  ServiceDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'
import type { ServiceNames } from './names.ts'

/** How compilers write the same descriptor into their output. */
export type DescriptorStyle = {
  /** The proto's `option go_package`. */
  goPackage?: string
  /** Whether each field's JSON name is spelt out. */
  jsonNames?: boolean
}

/**
 * What a protobuf compiler makes of the templates' `proto/{{package}}.proto`, comments left out. It is written out here so that
 * `micro new` needs no compiler; a test compares it with buf's.
 */
export function fileDescriptor(names: ServiceNames, style: DescriptorStyle = {}): FileDescriptorProto {
  const rpc = (name: string) => ({
    name,
    inputType: `.${names.package}.${name}Request`,
    outputType: `.${names.package}.${name}Response`,
  })

  return create(FileDescriptorProtoSchema, {
    name: `${names.package}.proto`,
    package: names.package,
    syntax: 'proto3',
    messageType: [
      message('CallRequest', 'name', FieldDescriptorProto_Type.STRING, style),
      message('CallResponse', 'message', FieldDescriptorProto_Type.STRING, style),
      message('StreamRequest', 'messages', FieldDescriptorProto_Type.INT32, style),
      message('StreamResponse', 'count', FieldDescriptorProto_Type.INT32, style),
    ],
    service: [{ name: names.type, method: [rpc('Call'), { ...rpc('Stream'), serverStreaming: true }] }],
    ...(style.goPackage === undefined ? {} : { options: { goPackage: style.goPackage } }),
  })
}

/** Where a message or the service lies in the serialised file, in bytes. */
export type Extent = { name: string; start: number; end: number }

export function extents(file: FileDescriptorProto): Extent[] {
  const bytes = Buffer.from(toBinary(FileDescriptorProtoSchema, file))
  const parts = [
    ...file.messageType.map((part) => ({ name: part.name, content: toBinary(DescriptorProtoSchema, part) })),
    ...file.service.map((part) => ({ name: part.name, content: toBinary(ServiceDescriptorProtoSchema, part) })),
  ]
  return parts.map(({ name, content }) => {
    const start = bytes.indexOf(content)
    return { name, start, end: start + content.length }
  })
}

function message(name: string, field: string, type: FieldDescriptorProto_Type, style: DescriptorStyle): DescriptorProto {
  const label = FieldDescriptorProto_Label.OPTIONAL
  return create(DescriptorProtoSchema, {
    name,
    field: [{ name: field, number: 1, label, type, ...(style.jsonNames ? { jsonName: field } : {}) }],
  })
}
