import {
  type DescField,
  type DescMessage,
  type FileRegistry,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
} from '@bufbuild/protobuf'
import { isFieldError } from '@bufbuild/protobuf/reflect'
import { acceptBody, type Exchange } from './exchange.ts'
import type { Limits } from './limits.ts'
import { emptyJson, findField, isJsonLeaf, queryToJson, unknownField } from './query.ts'
import { Refusal } from './refusal.ts'
import { bodyStalled, watchStall } from './relay.ts'

/** The request message of a call by HTTP: the query's fields, and the body's over them. */
export async function readInput(
  exchange: Exchange,
  message: DescMessage,
  options: { registry: FileRegistry; limits: Pick<Limits, 'bodyBytes' | 'stallMs'> },
): Promise<Message> {
  const query = queryToJson(message, new URLSearchParams(exchange.query))
  const body = parseBody(exchange, message, await readBody(exchange, options.limits))
  const json = body === undefined ? query : isObject(body) && !isJsonLeaf(message) ? merge(message, query, body) : body
  try {
    return fromJson(message, json, { registry: options.registry })
  } catch (error) {
    throw faulty(message, json, error, options.registry)
  }
}

function parseBody({ request }: Exchange, message: DescMessage, bytes: Uint8Array): JsonValue | undefined {
  if (bytes.byteLength === 0) return undefined
  const type = (request.headers['content-type'] ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const text = decode(bytes)
  if (type === 'application/x-www-form-urlencoded') {
    // What curl says a `-d` body is when it was not told otherwise.
    return text.trimStart().startsWith('{') ? parse(text) : queryToJson(message, new URLSearchParams(text))
  }
  if (type === 'application/json' || type.endsWith('+json') || type === 'text/plain') return parse(text)
  throw new Refusal(415, `A call takes application/json or application/x-www-form-urlencoded, not ${type}.`)
}

async function readBody(
  { request, reply }: Pick<Exchange, 'request' | 'reply'>,
  { bodyBytes, stallMs }: Pick<Limits, 'bodyBytes' | 'stallMs'>,
): Promise<Uint8Array> {
  const tooLarge = new Refusal(413, `The request body is larger than ${bodyBytes} bytes.`)
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new Refusal(415, `A call takes no ${encoding} body; send it uncompressed.`)
  if (Number(request.headers['content-length'] ?? 0) > bodyBytes) throw tooLarge
  acceptBody({ request, reply })
  const chunks: Uint8Array[] = []
  let size = 0
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Uint8Array) => {
      size += chunk.byteLength
      if (size > bodyBytes) reject(tooLarge)
      else chunks.push(chunk)
    })
    watchStall(request, { afterMs: stallMs, onStall: () => reject(bodyStalled()) })
    request.once('end', resolve)
    request.once('close', () => reject(new Refusal(499, 'The client left.')))
  })
  return Buffer.concat(chunks)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Refusal(400, 'The request body is not UTF-8.', { cause: error })
  }
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? `: ${error.message}` : ''
    throw new Refusal(400, `The request body is not JSON${why}.`, { cause: error })
  }
}

function merge(message: DescMessage, under: JsonObject, over: JsonObject): JsonObject {
  const merged: JsonObject = Object.assign(emptyJson(), under)
  for (const [name, value] of Object.entries(over)) {
    const field = findField(message, name)
    const before = field === undefined ? undefined : under[field.jsonName]
    if (field !== undefined) delete merged[field.jsonName]
    const both = field?.fieldKind === 'message' && !isJsonLeaf(field.message) && isObject(before) && isObject(value)
    merged[name] = both ? merge(field.message, before, value) : value
  }
  return merged
}

/** Says which field is at fault by where it stands in the request, for the library says only which message declares it. */
function faulty(message: DescMessage, json: JsonValue, error: unknown, registry: FileRegistry): Refusal {
  const fault = locate(message, json, [], registry)
  if (fault === undefined) return new Refusal(400, `The request is not a ${message.typeName}: ${reasonOf(error)}.`, { cause: error })
  if (fault.unknownTo !== undefined) return unknownField(fault.unknownTo, fault.path)
  return new Refusal(400, `The field "${fault.path}" is wrong: ${reasonOf(fault.error)}.`, { cause: fault.error })
}

type Fault = { path: string; unknownTo?: DescMessage; error?: unknown }

/** Reads each field alone: the first that fails is at fault, or something in it. */
function locate(message: DescMessage, json: JsonValue, path: readonly string[], registry: FileRegistry): Fault | undefined {
  if (!isObject(json) || isJsonLeaf(message)) return undefined
  for (const [name, value] of Object.entries(json)) {
    const here = [...path, name]
    const field = findField(message, name)
    if (field === undefined) return { path: here.join('.'), unknownTo: message }
    const error = failure(message, name, value, registry)
    if (error === undefined) continue
    // Every level reads all below it again, so a request that is mostly depth is not followed to its ground.
    const { message: inside } = field
    for (const [inner, key] of here.length > deepest ? [] : children(field, value)) {
      const deeper = inside === undefined ? undefined : locate(inside, inner, [...here, ...key], registry)
      if (deeper !== undefined) return deeper
    }
    return { path: here.join('.'), error }
  }
  return undefined
}

const deepest = 8

function failure(message: DescMessage, name: string, value: JsonValue, registry: FileRegistry): unknown {
  try {
    fromJson(message, { [name]: value }, { registry })
    return undefined
  } catch (error) {
    return error
  }
}

/** The messages in a field, with what follows the field's name in their paths. */
function children(field: DescField, value: JsonValue): [JsonValue, string[]][] {
  if (field.fieldKind === 'list') return Array.isArray(value) ? value.map((item, i) => [item, [String(i)]]) : []
  if (field.fieldKind === 'map') return isObject(value) ? Object.entries(value).map(([key, item]) => [item, [key]]) : []
  return [[value, []]]
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && isFieldError(error.cause) ? error.cause : error
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.replace(/^cannot decode .{0,300}? from JSON: /, '')
}

const isObject = (json: JsonValue | undefined): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json)
