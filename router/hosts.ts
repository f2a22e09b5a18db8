import { NamespaceName, ServiceName, Tag } from '../lib/names.ts'

/** `Host` taken apart: lower case, IPv6 with its brackets. */
export type Authority = { readonly name: string; readonly port: string }

/** What a host name asks for; see "One address" in the architecture. */
export type Host =
  | { readonly kind: 'platform' }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'api' }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly service: string }
  | { readonly kind: 'tag'; readonly namespace: string; readonly service: string; readonly tag: string }
  | { readonly kind: 'unknown' }

const unknown: Host = { kind: 'unknown' }

export function parseAuthority(text: string): Authority | undefined {
  const [, name, port = ''] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/.exec(text.toLowerCase()) ?? []
  return name === undefined ? undefined : { name, port }
}

export function classifyHost(name: string, domain: string): Host {
  if (name === domain) return { kind: 'platform' }
  if (name === '127.0.0.1' || name === '[::1]') return domain === 'localhost' ? { kind: 'loopback' } : unknown
  if (!name.endsWith(`.${domain}`)) return unknown
  const label = name.slice(0, -domain.length - 1)
  return label === 'api' ? { kind: 'api' } : classifyLabel(label)
}

/** `ns`, `service--ns` or `tag--service--ns`: names hold no double hyphen, so the parts are certain. */
function classifyLabel(label: string): Host {
  const [namespace, service, tag, ...rest] = label.split('--').reverse()
  if (rest.length > 0 || !NamespaceName.safeParse(namespace).success || namespace === undefined) return unknown
  if (service === undefined) return { kind: 'namespace', namespace }
  if (!ServiceName.safeParse(service).success) return unknown
  if (tag === undefined) return { kind: 'service', namespace, service }
  return Tag.safeParse(tag).success ? { kind: 'tag', namespace, service, tag } : unknown
}
