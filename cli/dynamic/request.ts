import { type DescMessage, fromJson, type JsonObject, type JsonValue, type MessageShape, type Registry, toJson } from '@bufbuild/protobuf'
import { usageError } from '../parse.ts'
import type { GivenField } from './arguments.ts'
import { isJsonObject, parseJson } from './json.ts'
import { setField } from './set-field.ts'

/** Builds a request from flags, typed by the descriptor, over a whole request given as JSON. Every fault is a usage error that names the field. */
export function buildRequest(
  desc: DescMessage,
  registry: Registry,
  fields: readonly GivenField[],
  json?: string,
): MessageShape<DescMessage> {
  const request = json === undefined ? {} : normalise(desc, registry, parseJson(json, 'The request'))
  for (const { path, value } of fields) setField({ target: request, desc }, path.split('.'), { text: value, flag: `--${path}` })
  return fromRequestJson(desc, registry, request)
}

/** JSON names, so that flags and JSON meet at the same keys. */
function normalise(desc: DescMessage, registry: Registry, json: JsonValue): JsonObject {
  const normal = toJson(desc, fromRequestJson(desc, registry, json), { registry })
  if (!isJsonObject(normal)) throw usageError(`A ${desc.typeName} is not given by fields.`)
  return normal
}

function fromRequestJson(desc: DescMessage, registry: Registry, json: JsonValue): MessageShape<DescMessage> {
  try {
    return fromJson(desc, json, { registry })
  } catch (error) {
    throw usageError(
      `The request does not fit: ${sentence(error)}`,
      `A ${desc.typeName} is a JSON object with the fields ${desc.fields.map(({ jsonName }) => jsonName).join(', ')}.`,
    )
  }
}

function sentence(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error))
    .replace(/^cannot decode (message|field) /, '')
    .replace(/ from JSON/, '')
  return text.endsWith('.') ? text : `${text}.`
}
