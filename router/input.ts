import { type DescMessage, type FileRegistry, fromJson, isMessage, type JsonObject, type JsonValue, type Message } from '@bufbuild/protobuf'
import { isFieldError } from '@bufbuild/protobuf/reflect'
import { acceptBody, type Exchange } from './exchange.ts'
import { emptyJson, findField, isJsonLeaf, queryToJson, unknownField } from './query.ts'
import { Refusal } from './refusal.ts'

/** The request message of a call by HTTP: the query's fields, and the body's over them. */
export async function readInput(
  exchange: Exchange,
  message: DescMessage,
  options: { registry: FileRegistry; bodyBytes: number },
): Promise<Message> {
  const query = queryToJson(message, new URLSearchParams(exchange.query))
  const body = parseBody(exchange, message, await readBody(exchange, options.bodyBytes))
  const json = body === undefined ? query : isObject(body) && !isJsonLeaf(message) ? merge(message, query, body) : body
  try {
    return fromJson(message, json, { registry: options.registry })
  } catch (error) {
    throw faulty(message, json, error)
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

export async function readBody({ request, reply }: Pick<Exchange, 'request' | 'reply'>, limitBytes: number): Promise<Uint8Array> {
  const tooLarge = new Refusal(413, `The request body is larger than ${limitBytes} bytes.`)
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new Refusal(415, `A call takes no ${encoding} body; send it uncompressed.`)
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge
  acceptBody({ request, reply })
  const chunks: Uint8Array[] = []
  let size = 0
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Uint8Array) => {
      size += chunk.byteLength
      if (size > limitBytes) reject(tooLarge)
      else chunks.push(chunk)
    })
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

/** Says which field is at fault: where it stands in the request, not which message declares it. */
function faulty(message: DescMessage, json: JsonValue, error: unknown): Refusal {
  const cause = error instanceof Error ? error.cause : undefined
  const field = isFieldError(cause) ? cause.field() : undefined
  const fault = locate(message, json, field, [])
  if (fault !== undefined && !fault.known) return unknownField(fault.message, fault.path.join('.'))
  const reason = isFieldError(cause) ? cause.message : error instanceof Error ? error.message : String(error)
  return new Refusal(
    400,
    fault === undefined
      ? `The request is not a ${message.typeName}: ${reason}.`
      : `The field "${fault.path.join('.')}" is wrong: ${reason}.`,
    {
      cause: error,
    },
  )
}

type Fault = { path: string[]; known: boolean; message: DescMessage }

function locate(message: DescMessage, json: JsonValue, at: unknown, path: string[]): Fault | undefined {
  if (!isObject(json) || isJsonLeaf(message) || path.length > 100) return undefined
  for (const [name, value] of Object.entries(json)) {
    const field = findField(message, name)
    const here = [...path, name]
    // With a field known to be at fault, names that are unknown elsewhere are not what the error is about.
    if (field === undefined && at === undefined) return { path: here, known: false, message }
    if (field !== undefined && field === at) return { path: here, known: true, message }
    for (const [inner, innerPath] of field?.message === undefined ? [] : children(value, here)) {
      const fault = field?.message === undefined ? undefined : locate(field.message, inner, at, innerPath)
      if (fault !== undefined) return fault
    }
  }
  return undefined
}

/** The message itself, or those in a list or in a map: a map's keys look like fields of none. */
function children(value: JsonValue, path: string[]): [JsonValue, string[]][] {
  return Array.isArray(value) ? value.map((item, i) => [item, [...path, String(i)]]) : [[value, path]]
}

const isObject = (json: JsonValue | undefined): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json)
