import type { DescField, DescFile, DescMessage, DescMethod } from '@bufbuild/protobuf'

/** The comment that a proto has before (or behind) a method or field, on one line; '' where the descriptors carry none. */
export function commentOf(desc: DescMethod | DescField): string {
  const { file } = desc.parent
  const path = desc.kind === 'rpc' ? methodPath(desc) : fieldPath(desc)
  const location = file.proto.sourceCodeInfo?.location.find((candidate) => samePath(candidate.path, path))
  return (location?.leadingComments || location?.trailingComments || '').trim().replace(/\s+/g, ' ')
}

// Field numbers of google/protobuf/descriptor.proto: what a path is made of.
const messageInFile = 4
const serviceInFile = 6
const fieldInMessage = 2
const messageInMessage = 3
const methodInService = 2

const methodPath = ({ parent, proto }: DescMethod): number[] => [
  serviceInFile,
  parent.file.proto.service.indexOf(parent.proto),
  methodInService,
  parent.proto.method.indexOf(proto),
]

const fieldPath = ({ parent, proto }: DescField): number[] => [...messagePath(parent), fieldInMessage, parent.proto.field.indexOf(proto)]

function messagePath({ parent, proto, file }: DescMessage): number[] {
  if (parent !== undefined) return [...messagePath(parent), messageInMessage, parent.proto.nestedType.indexOf(proto)]
  return [messageInFile, topLevelIndex(file, proto)]
}

const topLevelIndex = (file: DescFile, proto: DescMessage['proto']): number => file.proto.messageType.indexOf(proto)

const samePath = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((part, index) => part === b[index])
