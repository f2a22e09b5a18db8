import type { IncomingHttpHeaders } from 'node:http'
import type { Request } from './exchange.ts'
import { type Authority, parseAuthority } from './hosts.ts'
import { Refusal } from './refusal.ts'

export type Target = { authority: Authority; path: string; query: string }

/**
 * The one host and path that a request is for. Whoever stands before or behind the router could read an ambiguous request
 * in another way than we do, so there is no second reading: it is refused.
 */
export function readTarget(request: Pick<Request, 'url' | 'method' | 'rawHeaders' | 'httpVersionMajor'>): Target {
  const hosts = headerValues(request.rawHeaders, 'host')
  const pseudo = headerValues(request.rawHeaders, ':authority')
  if (hosts.length > 1 || pseudo.length > 1) throw new Refusal(400, 'The request has more than one Host.')
  const named = [...hosts, ...pseudo].map(parse)
  const { target, absolute } = splitTarget(request.url ?? '')
  if (absolute !== undefined && request.httpVersionMajor === 1) named.push(parse(absolute))

  const [authority] = named
  if (authority === undefined || hosts.length + pseudo.length === 0) throw new Refusal(400, 'The request has no Host.')
  if (named.some((other) => other.name !== authority.name || other.port !== authority.port)) {
    throw new Refusal(400, 'The request names two different hosts.')
  }
  if (!target.startsWith('/') || target.includes('#')) throw new Refusal(400, 'The request target is not a path.')
  const question = target.indexOf('?')
  return question < 0
    ? { authority, path: target, query: '' }
    : { authority, path: target.slice(0, question), query: target.slice(question) }
}

/** The one value of a header that may stand only once. */
export function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  if (value === undefined || value === '') return undefined
  if (Array.isArray(value) || value.includes(',')) throw new Refusal(400, `The request has more than one ${name}.`)
  return value.trim()
}

/** `GET http://host/path` as well as `GET /path`. */
function splitTarget(url: string): { target: string; absolute?: string } {
  const [, absolute, rest] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(url) ?? []
  if (absolute === undefined || rest === undefined) return { target: url }
  return { absolute, target: rest.startsWith('/') ? rest : `/${rest}` }
}

function parse(text: string): Authority {
  const authority = parseAuthority(text)
  if (authority === undefined) throw new Refusal(400, 'The Host of the request is malformed.')
  return authority
}

function headerValues(raw: readonly string[], name: string): string[] {
  return raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name)
}
