import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { matchKey } from './service.ts'

/** The field that is meant by a proto name, a JSON name or kebab-case. */
export function findField(desc: DescMessage, name: string): DescField | undefined {
  return desc.fields.find((field) => field.name === name || field.jsonName === name) ?? byKey(desc, name)
}

function byKey(desc: DescMessage, name: string): DescField | undefined {
  const matches = desc.fields.filter((field) => matchKey(field.name) === matchKey(name))
  return matches.length === 1 ? matches[0] : undefined
}

/** True for a field that needs no value on the command line: a bool, also at the end of a path. */
export function isSwitch(desc: DescMessage, path: string): boolean {
  const field = path.split('.').reduce<DescField | DescMessage | undefined>((at, part) => {
    const message = at?.kind === 'message' ? at : at?.fieldKind === 'message' ? at.message : undefined
    return message === undefined ? undefined : (findField(message, part) ?? negated(message, part))
  }, desc)
  if (field?.kind !== 'field') return false
  if (field.fieldKind === 'message') return field.message.typeName === 'google.protobuf.BoolValue'
  return field.fieldKind === 'scalar' && field.scalar === ScalarType.BOOL
}

/** `--no-verbose` is `--verbose=false`. */
export function negated(desc: DescMessage, name: string): DescField | undefined {
  const field = name.startsWith('no-') ? findField(desc, name.slice(3)) : undefined
  return field?.fieldKind === 'scalar' && field.scalar === ScalarType.BOOL ? field : undefined
}

/** A field's type as the registry writes it: string, repeated string, map<string, int64>, pkg.Message. */
export function typeLabel(field: DescField): string {
  switch (field.fieldKind) {
    case 'list':
      return `repeated ${elementLabel(field)}`
    case 'map':
      return `map<${scalarLabel(field.mapKey)}, ${elementLabel(field)}>`
    default:
      return elementLabel(field)
  }
}

function elementLabel(field: DescField): string {
  if (field.message !== undefined) return field.message.typeName
  if (field.enum !== undefined) return field.enum.typeName
  return field.scalar === undefined ? 'unknown' : scalarLabel(field.scalar)
}

const scalarNames: Record<ScalarType, string> = {
  [ScalarType.DOUBLE]: 'double',
  [ScalarType.FLOAT]: 'float',
  [ScalarType.INT64]: 'int64',
  [ScalarType.UINT64]: 'uint64',
  [ScalarType.INT32]: 'int32',
  [ScalarType.FIXED64]: 'fixed64',
  [ScalarType.FIXED32]: 'fixed32',
  [ScalarType.BOOL]: 'bool',
  [ScalarType.STRING]: 'string',
  [ScalarType.BYTES]: 'bytes',
  [ScalarType.UINT32]: 'uint32',
  [ScalarType.SFIXED32]: 'sfixed32',
  [ScalarType.SFIXED64]: 'sfixed64',
  [ScalarType.SINT32]: 'sint32',
  [ScalarType.SINT64]: 'sint64',
}

export const scalarLabel = (scalar: ScalarType): string => scalarNames[scalar]

export const kebab = (name: string): string => name.replaceAll('_', '-')
