import { readFileSync } from 'node:fs'
import { type DescEnum, type JsonValue, ScalarType } from '@bufbuild/protobuf'
import { usageError } from '../parse.ts'
import { reasonOf } from '../state-file.ts'
import { nearest } from '../suggest.ts'
import { scalarLabel } from './fields.ts'
import { matchKey } from './service.ts'

/** A value's text as protobuf JSON of its type. `flag` names it in errors. */
export function scalarValue(scalar: ScalarType, text: string, flag: string): JsonValue {
  switch (scalar) {
    case ScalarType.STRING:
      return text
    case ScalarType.BOOL:
      return booleanValue(text, flag)
    case ScalarType.BYTES:
      return bytesValue(text, flag)
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return floatValue(text, scalar, flag)
    default:
      return integerValue(text, scalar, flag)
  }
}

const wrong = (flag: string, text: string, what: string) => usageError(`${flag} is ${what}, not "${text}".`)

function booleanValue(text: string, flag: string): boolean {
  const value = { true: true, yes: true, '1': true, on: true, false: false, no: false, '0': false, off: false }[text.toLowerCase()]
  if (value === undefined) throw wrong(flag, text, 'a bool: true or false')
  return value
}

/** `@file` is the content of a file; else base64, also the URL-safe kind and without padding. */
function bytesValue(text: string, flag: string): string {
  if (text.startsWith('@')) {
    try {
      return readFileSync(text.slice(1)).toString('base64')
    } catch (error) {
      throw usageError(`${flag}: ${text.slice(1)} can't be read: ${reasonOf(error)}.`)
    }
  }
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  if (!/^[A-Za-z0-9+/]*$/.test(standard) || standard.length % 4 === 1) throw wrong(flag, text, 'bytes: base64, or @file')
  return Buffer.from(standard, 'base64').toString('base64')
}

function floatValue(text: string, scalar: ScalarType, flag: string): JsonValue {
  const special = { nan: 'NaN', infinity: 'Infinity', inf: 'Infinity', '-infinity': '-Infinity', '-inf': '-Infinity' }[text.toLowerCase()]
  if (special !== undefined) return special
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) throw wrong(flag, text, `a ${scalarLabel(scalar)}`)
  const number = Number(text)
  const limit = scalar === ScalarType.FLOAT ? 3.4028234663852886e38 : Number.MAX_VALUE
  if (Math.abs(number) > limit) throw usageError(`${flag}: ${text} is out of the range of a ${scalarLabel(scalar)}.`)
  return number
}

const unsigned: ReadonlySet<ScalarType> = new Set([ScalarType.UINT32, ScalarType.FIXED32, ScalarType.UINT64, ScalarType.FIXED64])
const wide: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
  ScalarType.SINT64,
])

function integerValue(text: string, scalar: ScalarType, flag: string): JsonValue {
  const label = scalarLabel(scalar)
  if (!/^[-+]?\d+$/.test(text)) throw wrong(flag, text, `${/^[iu]/.test(label) ? 'an' : 'a'} ${label}`)
  const value = BigInt(text.replace(/^\+/, ''))
  const bits = wide.has(scalar) ? 64n : 32n
  const [lowest, highest] = unsigned.has(scalar) ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
  if (value < lowest || value > highest) throw usageError(`${flag}: ${text} is out of the range of ${label}, ${lowest} to ${highest}.`)
  return wide.has(scalar) ? value.toString() : Number(value)
}

/** By name in any case, with or without the enum's prefix, `-` for `_`; or by number. */
export function enumValue(desc: DescEnum, text: string, flag: string): JsonValue {
  const prefix = matchKey(desc.sharedPrefix ?? '')
  const shorten = (name: string) =>
    prefix !== '' && matchKey(name).startsWith(prefix) ? matchKey(name).slice(prefix.length) : matchKey(name)
  const found =
    desc.values.find(({ name }) => matchKey(name) === matchKey(text)) ?? desc.values.find(({ name }) => shorten(name) === matchKey(text))
  if (found !== undefined) return found.name
  if (/^-?\d{1,10}$/.test(text) && (desc.open || desc.value[Number(text)] !== undefined)) return Number(text)
  const words = desc.values.map(({ name }) => shortName(name, desc))
  const similar = nearest(text, words)
  throw usageError(`${flag} is one of ${words.join(', ')}, not "${text}".`, similar && `Did you mean ${similar}?`)
}

export const shortName = (name: string, { sharedPrefix = '' }: Pick<DescEnum, 'sharedPrefix'>): string =>
  (name.toLowerCase().startsWith(sharedPrefix) ? name.slice(sharedPrefix.length) : name).toLowerCase()
