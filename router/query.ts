import { type DescEnum, type DescField, type DescMessage, type JsonObject, type JsonValue, ScalarType } from '@bufbuild/protobuf'
import { isWrapperDesc } from '@bufbuild/protobuf/wkt'
import { Refusal } from './refusal.ts'

const deepest = 32

/** Fields as query parameters or a form: `a.b=1` is nested, `tag=x&tag=y` repeats, `labels.k=v` is an entry of a map. */
export function queryToJson(message: DescMessage, query: URLSearchParams): JsonObject {
  const json = emptyJson()
  for (const [name, value] of query) put({ message, json, name, value }, name.split('.'))
  return json
}

/** Without a prototype, so that a field called `__proto__` is a field. */
export const emptyJson = (): JsonObject => Object.create(null)

export function findField(message: DescMessage, name: string): DescField | undefined {
  return message.fields.find((field) => field.jsonName === name || field.name === name)
}

export function unknownField(message: DescMessage, path: string): Refusal {
  const names = message.fields.map((field) => field.jsonName).join(', ')
  return new Refusal(400, `${message.typeName} has no field "${path}". ${names === '' ? 'It has none at all.' : `Its fields: ${names}.`}`)
}

type Parameter = { message: DescMessage; json: JsonObject; name: string; value: string }

function put({ message, json, name, value }: Parameter, [first = '', ...rest]: string[]): void {
  const field = findField(message, first)
  if (field === undefined || rest.length > deepest) throw unknownField(message, name)
  const key = field.jsonName

  if (rest.length > 0) {
    const inner = objectAt(json, key)
    if (field.fieldKind === 'message' && !isJsonLeaf(field.message)) put({ message: field.message, json: inner, name, value }, rest)
    else if (field.fieldKind === 'map') inner[rest.join('.')] = entryValue(field, name, value)
    else throw unknownField(message, name)
  } else if (field.fieldKind === 'list') {
    const before = json[key]
    const entry = entryValue(field, name, value)
    // Not copied each time: a form may have a million entries.
    if (Array.isArray(before)) before.push(entry)
    else json[key] = [entry]
  } else if (key in json) throw new Refusal(400, `The field "${name}" was given more than once.`)
  else json[key] = leaf(field, name, value)
}

function leaf(field: DescField, name: string, value: string): JsonValue {
  if (field.fieldKind === 'scalar') return scalar(field.scalar, name, value)
  if (field.fieldKind === 'enum') return enumerated(field.enum, value)
  return field.fieldKind === 'message' ? messageValue(field.message, name, value) : parsed(name, value)
}

function entryValue(field: DescField & { fieldKind: 'list' | 'map' }, name: string, value: string): JsonValue {
  const kind = field.fieldKind === 'list' ? field.listKind : field.mapKind
  if (kind === 'scalar' && field.scalar !== undefined) return scalar(field.scalar, name, value)
  if (kind === 'enum' && field.enum !== undefined) return enumerated(field.enum, value)
  return field.message === undefined ? value : messageValue(field.message, name, value)
}

/** Protobuf's JSON takes numbers as strings, so only truth values need to be converted; the rest is checked where it is read. */
function scalar(type: ScalarType, name: string, value: string): JsonValue {
  if (type === ScalarType.BYTES) return value.replaceAll(' ', '+')
  if (type !== ScalarType.BOOL) return value
  if (value !== 'true' && value !== 'false') throw new Refusal(400, `The field "${name}" is true or false, not "${value}".`)
  return value === 'true'
}

const enumerated = (_: DescEnum, value: string): JsonValue => (/^-?[0-9]{1,10}$/.test(value) ? Number(value) : value)

function messageValue(message: DescMessage, name: string, value: string): JsonValue {
  if (isWrapperDesc(message)) return scalar(message.fields[0].scalar, name, value)
  if (writtenAsString.has(message.typeName)) return value
  return parsed(name, value)
}

function parsed(name: string, value: string): JsonValue {
  try {
    return JSON.parse(value)
  } catch (error) {
    throw new Refusal(400, `The field "${name}" holds a message: give its fields as "${name}.field", or JSON.`, { cause: error })
  }
}

const writtenAsString = new Set(['google.protobuf.Timestamp', 'google.protobuf.Duration', 'google.protobuf.FieldMask'])

/** Messages that JSON does not write as their fields. */
export const isJsonLeaf = (message: DescMessage): boolean =>
  isWrapperDesc(message) ||
  writtenAsString.has(message.typeName) ||
  ['google.protobuf.Struct', 'google.protobuf.Value', 'google.protobuf.ListValue', 'google.protobuf.Any'].includes(message.typeName)

function objectAt(json: JsonObject, key: string): JsonObject {
  const before = json[key]
  if (before !== null && typeof before === 'object' && !Array.isArray(before)) return before
  const created = emptyJson()
  json[key] = created
  return created
}
