import type { DescField, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf'

/**
 * The comment before an element in its .proto file; empty when there is none or the descriptor set came without source info.
 * Paths are those of google.protobuf.SourceCodeInfo.Location.
 */
export function commentOf(desc: DescField | DescMessage | DescMethod | DescService): string {
  const path = pathOf(desc)
  const file = desc.kind === 'rpc' || desc.kind === 'field' ? desc.parent.file : desc.file
  const location = file.proto.sourceCodeInfo?.location.find(
    (at) => at.path.length === path.length && at.path.every((n, i) => n === path[i]),
  )
  return (location?.leadingComments ?? '').trim().replaceAll(/\n ?/g, '\n')
}

function pathOf(desc: DescField | DescMessage | DescMethod | DescService): number[] {
  switch (desc.kind) {
    case 'service':
      return [6, desc.file.proto.service.indexOf(desc.proto)]
    case 'rpc':
      return [...pathOf(desc.parent), 2, desc.parent.proto.method.indexOf(desc.proto)]
    case 'field':
      return [...pathOf(desc.parent), 2, desc.parent.proto.field.indexOf(desc.proto)]
    case 'message':
      return desc.parent
        ? [...pathOf(desc.parent), 3, desc.parent.proto.nestedType.indexOf(desc.proto)]
        : [4, desc.file.proto.messageType.indexOf(desc.proto)]
  }
}
