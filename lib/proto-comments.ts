import type { DescField, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf'
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'

/**
 * The comment before an element in its .proto file; empty when there is none or the descriptor set came without source info.
 * Paths are those of google.protobuf.SourceCodeInfo.Location.
 */
export function commentOf(desc: DescField | DescMessage | DescMethod | DescService): string {
  const file = desc.kind === 'rpc' || desc.kind === 'field' ? desc.parent.file : desc.file
  const comment = commentsOf(file.proto).get(pathOf(desc).join('.'))
  return (comment ?? '').trim().replaceAll(/\n ?/g, '\n')
}

function pathOf(desc: DescField | DescMessage | DescMethod | DescService): number[] {
  switch (desc.kind) {
    case 'service':
      return [6, position(desc.file.proto.service, desc.proto)]
    case 'rpc':
      return [...pathOf(desc.parent), 2, position(desc.parent.proto.method, desc.proto)]
    case 'field':
      return [...pathOf(desc.parent), 2, position(desc.parent.proto.field, desc.proto)]
    case 'message':
      return desc.parent
        ? [...pathOf(desc.parent), 3, position(desc.parent.proto.nestedType, desc.proto)]
        : [4, position(desc.file.proto.messageType, desc.proto)]
  }
}

/** Looked up, not searched: a file of a tenant's may have as many elements and comments as it likes. */
const comments = new WeakMap<FileDescriptorProto, Map<string, string>>()
const positions = new WeakMap<readonly object[], Map<object, number>>()

function commentsOf(file: FileDescriptorProto): Map<string, string> {
  const known = comments.get(file)
  if (known) return known
  const found = new Map<string, string>()
  for (const { path, leadingComments } of file.sourceCodeInfo?.location ?? []) {
    const key = path.join('.')
    if (!found.has(key)) found.set(key, leadingComments)
  }
  comments.set(file, found)
  return found
}

function position(list: readonly object[], item: object): number {
  const known = positions.get(list) ?? new Map(list.map((each, index) => [each, index]))
  positions.set(list, known)
  return known.get(item) ?? -1
}
