import { type DescField, type DescMessage, type JsonObject, type JsonValue, ScalarType } from '@bufbuild/protobuf'
import { usageError } from '../parse.ts'
import { nearest } from '../suggest.ts'
import { findField, kebab, negated } from './fields.ts'
import { isJsonObject, jsonOrText, listAt, objectAt, parseJson, put } from './json.ts'
import { enumValue, scalarValue } from './values.ts'

type Place = { target: JsonObject; desc: DescMessage }

/** A value as typed, and the flag that it was typed with, for errors. */
export type Given = { text: string | undefined; flag: string }

/** Sets a field, named by a path into a message, in its protobuf JSON. */
export function setField({ target, desc }: Place, [name = '', ...rest]: readonly string[], given: Given): void {
  const field = findField(desc, name)
  if (field !== undefined) {
    setFound(target, field, rest, given)
    return
  }
  const off = rest.length === 0 ? negated(desc, name) : undefined
  if (off === undefined) throw unknownField(desc, name, given.flag)
  if (given.text !== undefined) throw usageError(`${given.flag} takes no value.`)
  target[off.jsonName] = false
}

function unknownField(desc: DescMessage, name: string, flag: string) {
  const known = desc.fields.map((field) => kebab(field.name))
  const similar = nearest(name, known)
  const list =
    known.length === 0 ? `${desc.typeName} has no fields.` : `${desc.typeName} has: ${known.map((field) => `--${field}`).join(', ')}.`
  return usageError(`There is no field for ${flag}.`, `${similar ? `Did you mean --${similar}? ` : ''}${list}`)
}

function setFound(target: JsonObject, field: DescField, rest: readonly string[], given: Given): void {
  switch (field.fieldKind) {
    case 'scalar':
    case 'enum':
      if (rest.length > 0) throw usageError(`${given.flag}: ${field.name} has no fields of its own.`)
      target[field.jsonName] = element(field, given)
      break
    case 'message':
      setMessage({ target, desc: field.message }, field.jsonName, rest, given)
      break
    case 'map':
      setMapEntry(objectAt(target, field.jsonName), field, rest, given)
      break
    case 'list':
      setListItem(listAt(target, field.jsonName), field, rest, given)
  }
}

type MapField = DescField & { fieldKind: 'map' }
type ListField = DescField & { fieldKind: 'list' }
type SingleField = DescField & { fieldKind: 'scalar' | 'enum' }

/** One value of a field, or of an item or entry of it. */
function element(field: SingleField | MapField | ListField, given: Given): JsonValue {
  if (field.message !== undefined) return messageValue(field.message, given)
  if (field.enum !== undefined) return enumValue(field.enum, textOf(given), given.flag)
  if (field.scalar === ScalarType.BOOL && given.text === undefined) return true
  return scalarValue(field.scalar, textOf(given), given.flag)
}

function textOf({ text, flag }: Given): string {
  if (text === undefined) throw usageError(`${flag} needs a value.`, `Write ${flag}=VALUE.`)
  return text
}

function setMessage({ target, desc }: Place, key: string, rest: readonly string[], given: Given): void {
  if (rest.length > 0 && desc.typeName === 'google.protobuf.Struct') setStruct(objectAt(target, key), rest, textOf(given))
  else if (rest.length > 0) setField({ target: objectAt(target, key), desc }, rest, given)
  else {
    const isSwitch = desc.typeName === 'google.protobuf.BoolValue' && given.text === undefined
    const json = isSwitch ? true : messageValue(desc, given)
    const present = target[key]
    target[key] = isJsonObject(present) && isJsonObject(json) ? { ...present, ...json } : json
  }
}

const textual = new Set(['Timestamp', 'Duration', 'FieldMask'].map((name) => `google.protobuf.${name}`))

/** A message as one value: JSON, or for well-known types their text. */
function messageValue(desc: DescMessage, given: Given): JsonValue {
  const text = textOf(given)
  const [wrapped] = /^google\.protobuf\.\w+Value$/.test(desc.typeName) && desc.fields.length === 1 ? desc.fields : []
  if (wrapped?.fieldKind === 'scalar') return scalarValue(wrapped.scalar, text, given.flag)
  if (textual.has(desc.typeName)) return text
  if (desc.typeName === 'google.protobuf.Value') return jsonOrText(text)
  const json = parseJson(text, given.flag)
  if (isJsonObject(json) || desc.typeName === 'google.protobuf.ListValue') return json
  throw usageError(`${given.flag} is a ${desc.typeName}: give it as a JSON object, or its fields as ${given.flag}.FIELD=VALUE.`)
}

function setStruct(target: JsonObject, [name = '', ...rest]: readonly string[], text: string): void {
  if (rest.length > 0) setStruct(objectAt(target, name), rest, text)
  else put(target, name, jsonOrText(text))
}

/** `--labels k=v` (repeated), `--labels.k=v`, `--labels '{"k":"v"}'`; into a message: `--people.alice.age=3`. */
function setMapEntry(map: JsonObject, field: MapField, [key, ...deeper]: readonly string[], given: Given): void {
  const { flag } = given
  if (key !== undefined && deeper.length > 0) {
    if (field.message === undefined) throw usageError(`${flag}: the values of ${field.name} have no fields of their own.`)
    setField({ target: objectAt(map, key), desc: field.message }, deeper, given)
  } else if (key !== undefined) {
    put(map, key, element(field, given))
  } else {
    const text = textOf(given)
    const [, entryKey, entryText] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    const whole = text.startsWith('{') ? parseJson(text, flag) : undefined
    if (isJsonObject(whole)) for (const [name, value] of Object.entries(whole)) put(map, name, value)
    else if (entryKey === undefined) throw usageError(`${flag} is written ${flag} KEY=VALUE.`)
    else put(map, entryKey, element(field, { text: entryText, flag }))
  }
}

/** `--tags a --tags b`, `--sizes '[1,2]'`, `--items '{"name":"x"}'`, `--items.0.name=x`. */
function setListItem(items: JsonValue[], field: ListField, [index, ...deeper]: readonly string[], given: Given): void {
  if (index === undefined) {
    items.push(...(wholeList(field, given) ?? [element(field, given)]))
    return
  }
  const { flag } = given
  const at = Number(index)
  if (!/^\d{1,4}$/.test(index) || at > items.length)
    throw usageError(`${flag}: items of ${field.name} are numbered from 0, one after another.`)
  if (deeper.length === 0) {
    items[at] = element(field, given)
    return
  }
  if (field.message === undefined) throw usageError(`${flag}: the items of ${field.name} have no fields of their own.`)
  const present = items[at]
  const item = isJsonObject(present) ? present : {}
  items[at] = item
  setField({ target: item, desc: field.message }, deeper, given)
}

/** A list in JSON; one of strings is not taken for it, since a string may begin with a bracket. */
function wholeList(field: ListField, { text, flag }: Given): JsonValue[] | undefined {
  if (!text?.startsWith('[') || field.scalar === ScalarType.STRING) return undefined
  const json = parseJson(text, flag)
  return Array.isArray(json) ? json : undefined
}
