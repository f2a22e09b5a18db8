import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { usageError } from '../parse.ts'
import { isRecord } from '../state-file.ts'

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject => isRecord(value)

/** @param what stands in the error for the text */
export function parseJson(text: string, what: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text)
    return value
  } catch (error) {
    throw usageError(`${what} is not JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

/** What is no JSON is a string. */
export function jsonOrText(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text)
    return value
  } catch {
    return text // as said above
  }
}

/** Sets a key that a user chose: a plain assignment to `__proto__` would set none. */
export function put(target: JsonObject, key: string, value: JsonValue): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

/** The object at a key, made if there is none. */
export function objectAt(target: JsonObject, key: string): JsonObject {
  const present = Object.hasOwn(target, key) ? target[key] : undefined
  if (isJsonObject(present)) return present
  const made: JsonObject = {}
  put(target, key, made)
  return made
}

/** The list at a key, made if there is none. */
export function listAt(target: JsonObject, key: string): JsonValue[] {
  const present = target[key]
  if (Array.isArray(present)) return present
  const made: JsonValue[] = []
  target[key] = made
  return made
}
