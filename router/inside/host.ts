import { ServiceName } from '../../lib/names.ts'
import type { Host } from '../hosts.ts'
import type { Network } from './network.ts'

const zone = 'internal'

/** What a host name asks for where it comes from inside a namespace. */
export function classifyInside(name: string, { namespace, gateway }: Network): Host {
  if (name === gateway || name === `api.${zone}`) return { kind: 'namespace', namespace }
  const service = serviceOf(name)
  return service === undefined ? { kind: 'unknown' } : { kind: 'service', namespace, service }
}

/** @param name in lower case; `hello` of `hello.internal` */
export function serviceOf(name: string): string | undefined {
  if (!name.endsWith(`.${zone}`)) return undefined
  return ServiceName.safeParse(name.slice(0, -zone.length - 1)).data
}

/** Names that are ours to answer, and leave the machine in no case. */
export const isInternal = (name: string): boolean => name === zone || name.endsWith(`.${zone}`)
