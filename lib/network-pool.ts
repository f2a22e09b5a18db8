import { formatAddress, formatNetwork, type Ipv4Network, parseNetwork } from './ipv4.ts'

/** The network of a namespace, as everybody names it. */
export type Subnet = { subnet: string; gateway: string }

const subnetBits = 24
const largestBits = 8

/** @returns undefined for what cannot be a pool: no network of IPv4, or none that holds whole networks of namespaces */
export function parsePool(text: string): Ipv4Network | undefined {
  const pool = parseNetwork(text)
  return pool !== undefined && pool.bits >= largestBits && pool.bits <= subnetBits ? pool : undefined
}

/** How many namespaces it has networks for. */
export const poolSize = (pool: string): number => 2 ** (subnetBits - poolOf(pool).bits)

/** The network of that number; undefined when the pool has none. */
export function subnetAt(pool: string, index: number): Subnet | undefined {
  if (!Number.isInteger(index) || index < 0 || index >= poolSize(pool)) return undefined
  const base = poolOf(pool).base + index * 2 ** (32 - subnetBits)
  return { subnet: formatNetwork({ base, bits: subnetBits }), gateway: formatAddress(base + 1) }
}

function poolOf(text: string): Ipv4Network {
  const pool = parsePool(text)
  if (pool === undefined) throw new TypeError(`${text} is no pool of networks`)
  return pool
}
