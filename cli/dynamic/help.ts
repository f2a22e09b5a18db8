import type { DescField, DescMessage, DescMethod } from '@bufbuild/protobuf'
import { commentOf } from '../../lib/proto-comments.ts'
import { heading, rows } from '../help.ts'
import type { Output } from '../output.ts'
import { safeLine } from '../text.ts'
import { kebab, typeLabel } from './fields.ts'
import { endpointName, type RemoteService } from './service.ts'
import { shortName } from './values.ts'

const deepest = 3

/** `micro helloworld --help`: its endpoints. */
export function serviceHelp(service: RemoteService, out: Output): string {
  if (service.isHttp) return httpHelp(service.name, out)
  return [
    `Call ${service.name}.`,
    heading(out, 'Usage'),
    `  micro ${service.name} [ENDPOINT] [--field=value]`,
    heading(out, 'Endpoints'),
    ...rows(
      out,
      service.methods.map((method) => [endpointWord(method), safeLine(`${comment(method)}${streamLabel(method)}`)]),
    ),
    '',
    `micro ${service.name} ENDPOINT --help shows the fields of a request. Without ENDPOINT, Call is meant.`,
  ].join('\n')
}

/** On one line. */
const comment = (desc: DescField | DescMethod): string => commentOf(desc).replace(/\s+/g, ' ')

/** As it is typed: `say-hello` for SayHello. */
export const endpointWord = (method: DescMethod): string => method.name.replace(/(?<=[a-z0-9])[A-Z]/g, '-$&').toLowerCase()

function streamLabel({ methodKind }: DescMethod): string {
  return {
    unary: '',
    server_streaming: ' (streams responses)',
    client_streaming: ' (takes a stream)',
    bidi_streaming: ' (streams both ways)',
  }[methodKind]
}

/** `micro helloworld call --help`: the flags that make its request. */
export function endpointHelp(service: RemoteService, method: DescMethod, out: Output): string {
  const fields = fieldRows(method.input, '--', [])
  const summary = safeLine(comment(method))
  return [
    `${endpointName(method)} of ${service.name}${streamLabel(method)}`,
    ...(summary ? ['', summary] : []),
    heading(out, 'Usage'),
    `  micro ${service.name} ${endpointWord(method)} [--field=value]`,
    heading(out, `Fields of ${method.input.typeName}`),
    ...(fields.length > 0 ? rows(out, fields) : ['  It has none.']),
    heading(out, 'Request'),
    ...rows(out, [
      ["--json '{…}'", 'the whole request, or what flags add to; - reads it from standard input'],
      ['-H KEY=VALUE', 'metadata of the call; may be repeated'],
      ['--timeout TIME', 'give up after so long, such as 30s'],
      ['--', 'what follows are fields, also those named like a flag of the CLI'],
    ]),
    heading(out, `Response: ${method.output.typeName}`),
    ...rows(out, fieldRows(method.output, '', [])),
  ].join('\n')
}

function fieldRows(desc: DescMessage, prefix: string, above: readonly DescMessage[]): [string, string][] {
  return desc.fields.flatMap((field): [string, string][] => {
    const name = `${prefix}${kebab(field.name)}`
    const own: [string, string] = [`${name} ${typeLabel(field)}`, safeLine(describe(field))]
    const below = field.fieldKind === 'message' && !isWellKnown(field.message) ? field.message : undefined
    const opens = below !== undefined && !above.includes(below) && above.length < deepest && below !== desc
    return opens && below.fields.length > 0 ? [own, ...fieldRows(below, `${name}.`, [...above, desc])] : [own]
  })
}

const isWellKnown = (desc: DescMessage): boolean => desc.typeName.startsWith('google.protobuf.')

function describe(field: DescField): string {
  const choices = field.enum === undefined ? '' : `one of ${field.enum.values.map(({ name }) => shortName(name, field.enum)).join(', ')}`
  return [comment(field), choices].filter(Boolean).join('; ')
}

function httpHelp(name: string, out: Output): string {
  return [
    `Call ${name}, an HTTP service.`,
    heading(out, 'Usage'),
    `  micro ${name} [PATH] [--key=value]`,
    heading(out, 'Request'),
    ...rows(out, [
      ['PATH', 'a path below its root; default: /'],
      ['--key=value', 'goes into the query'],
      ["--json '{…}'", 'is sent as the body, with POST; - reads it from standard input'],
      ['-H KEY=VALUE', 'a header; may be repeated'],
      ['--timeout TIME', 'give up after so long, such as 30s'],
    ]),
  ].join('\n')
}
