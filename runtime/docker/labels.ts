import { createHash } from 'node:crypto'
import type { InstanceSpec } from '../runtime.ts'

/** Whose a container or network is. Several installations may share an engine: each sees what bears its own id only. */
export const label = {
  installation: 'micro.installation',
  role: 'micro.role',
  instance: 'micro.instance',
  network: 'micro.network',
} as const

export type Role = 'instance' | 'holder'

export const instanceLabels = (
  installation: string,
  { id, namespace, service, release }: Pick<InstanceSpec, 'id' | 'namespace' | 'service' | 'release'>,
) => ({
  [label.installation]: installation,
  [label.role]: 'instance',
  [label.instance]: id,
  // For operators.
  'micro.namespace': namespace,
  'micro.service': service,
  'micro.release': `v${release}`,
})

export const holderLabels = (installation: string, network: string) => ({
  [label.installation]: installation,
  [label.role]: 'holder',
  [label.network]: network,
})

/** What the engine's filters take to give only what is ours. */
export const ours = (installation: string) => ({ label: [`${label.installation}=${installation}`] })

/** A name prefix of our own as well: an image may set labels on containers that others make of it. */
export const prefixOf = (installation: string): string => `micro-${installation}-`
export const containerName = (installation: string, id: string): string => `${prefixOf(installation)}${id}`
export const networkName = (installation: string, id: string): string => `${prefixOf(installation)}${id}`

/** Every bridge of ours begins with `mcr`, which is what firewall rules go by; the kernel takes 15 characters. */
export const bridgeName = (network: string): string => `mcr${createHash('sha256').update(network).digest('hex').slice(0, 12)}`
