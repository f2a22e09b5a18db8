import { type DescEnum, type DescMessage, type JsonObject, type JsonValue, type MessageShape, ScalarType, toJson } from '@bufbuild/protobuf'
import { isRecord } from './state-file.ts'

/** A message of the platform as JSON for people's programs: every field, enums as `running`, 64-bit numbers as numbers while they are exact. */
export function plain<Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>): JsonObject {
  const json = toJson(desc, message, { alwaysEmitImplicit: true })
  return isJsonObject(json) ? simplify(desc, json) : {}
}

/** JSON has them as strings. */
const wide: ReadonlySet<ScalarType> = new Set([ScalarType.INT64, ScalarType.UINT64])

function simplify(desc: DescMessage, json: JsonObject): JsonObject {
  const result: JsonObject = { ...json }
  for (const field of desc.fields) {
    const value = json[field.jsonName]
    if (value === undefined || value === null) continue
    if (field.fieldKind === 'enum') result[field.jsonName] = enumWord(field.enum, value)
    else if (field.fieldKind === 'message') result[field.jsonName] = simplifyMessage(field.message, value)
    else if (field.fieldKind === 'list' && field.listKind === 'message' && Array.isArray(value)) {
      result[field.jsonName] = value.map((item) => simplifyMessage(field.message, item))
    } else if (field.fieldKind === 'scalar' && wide.has(field.scalar) && Number.isSafeInteger(Number(value))) {
      result[field.jsonName] = Number(value)
    }
  }
  return result
}

const simplifyMessage = (desc: DescMessage, value: JsonValue): JsonValue => (isJsonObject(value) ? simplify(desc, value) : value)

function enumWord(desc: DescEnum, value: JsonValue): JsonValue {
  const name = typeof value === 'number' ? desc.value[value]?.name : value
  return typeof name === 'string' ? wordOf(desc, name) : value
}

/** `SERVICE_STATE_RUNNING` of ServiceState is `running`. */
const wordOf = (desc: DescEnum, name: string): string => {
  const prefix = desc.sharedPrefix?.toUpperCase() ?? ''
  return (name.startsWith(prefix) ? name.slice(prefix.length) : name).toLowerCase()
}

/** The word for a value of one of the platform's enums. */
export function enumLabel(desc: DescEnum, value: number): string {
  const name = desc.value[value]?.name
  return name === undefined ? 'unknown' : wordOf(desc, name)
}

const isJsonObject = (value: JsonValue | undefined): value is JsonObject => isRecord(value)
