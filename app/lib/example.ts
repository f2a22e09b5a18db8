import type { Endpoint, Field, Protocol } from './model.ts'

/** Commands that call a service, ready to be copied. */
export type Example = { label: string; command: string }

type Called = { name: string; url: string; protocol: Protocol | null }

export function examplesOf(service: Called, endpoints: readonly Endpoint[]): Example[] {
  const [first] = endpoints
  if (service.protocol !== 'GRPC' || !first) return [{ label: 'curl', command: `curl ${quote(service.url)}` }]
  const call = endpoints.find(({ name }) => name.endsWith('.Call')) ?? first
  return [curlOf(service.url, call), microOf(service.name, call)]
}

/** A method over HTTP/JSON: `POST <service>/<Type>/<Method>`, streams as lines of JSON. */
export function curlOf(url: string, endpoint: Endpoint): Example {
  const path = endpoint.name.split('.').slice(-2).join('/')
  const flags = endpoint.serverStreaming ? '-N ' : ''
  return {
    label: 'curl',
    command: `curl ${flags}${quote(`${url}/${path}`)} -H 'Content-Type: application/json' -d '${json(endpoint.request)}'`,
  }
}

/** The command that the CLI generates for each endpoint; `Call` is the one that needs no name. */
export function microOf(service: string, endpoint: Endpoint): Example {
  const method = endpoint.name.split('.').at(-1) ?? endpoint.name
  const command = method === 'Call' ? [] : [kebab(method)]
  const flags = endpoint.request.filter(isScalar).map(({ name, type }) => `--${kebab(name)}=${sample(type, name)}`)
  return { label: 'micro', command: ['micro', service, ...command, ...flags].join(' ') }
}

/** For an endpoint that reads a stream of requests: each line of standard input is one. */
export const microStreamOf = (service: string, { name }: Endpoint): string => `micro stream ${service} ${name} -`

function json(fields: readonly Field[]): string {
  return JSON.stringify(Object.fromEntries(fields.map(({ name, type }) => [camel(name), exampleValue(type, name)])))
}

function exampleValue(type: string, name: string): unknown {
  if (type.startsWith('repeated ')) return [exampleValue(type.slice('repeated '.length), name)]
  if (type.startsWith('map<')) return {}
  if (type === 'bool') return true
  if (/^(s?fixed|[us]?int)(32|64)$/.test(type)) return 3
  if (type === 'double' || type === 'float') return 1.5
  if (type === 'string') return sample(type, name)
  if (type === 'bytes') return ''
  return {}
}

/** A word that makes sense for a field of that name. */
function sample(type: string, name: string): string {
  if (type !== 'string') return `${exampleValue(type, name)}`
  return name === 'name' ? 'Alice' : name.replaceAll('_', '-')
}

const isScalar = ({ type }: Field) => /^(string|bool|double|float|s?fixed(32|64)|[us]?int(32|64))$/.test(type)
const kebab = (name: string) =>
  name
    .replaceAll('_', '-')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const quote = (url: string) => (/^[\w:/.@-]+$/.test(url) ? url : `'${url}'`)
