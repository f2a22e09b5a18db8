import { isIPv4 } from 'node:net'

/** An IPv4 network: its first address as a number, and the length of its prefix. */
export type Ipv4Network = { readonly base: number; readonly bits: number }

/** @param text `10.208.0.0/12`, or an address, which is the network of itself. @returns undefined for anything else, and for addresses within a network */
export function parseNetwork(text: string): Ipv4Network | undefined {
  const [address = '', length = '32', ...rest] = text.split('/')
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || Number(length) > 32 || rest.length > 0) return undefined
  const network = { base: addressNumber(address), bits: Number(length) }
  return network.base % sizeOf(network) === 0 ? network : undefined
}

export const contains = (network: Ipv4Network, address: string): boolean =>
  isIPv4(address) && overlap(network, { base: addressNumber(address), bits: 32 })

export const overlap = (a: Ipv4Network, b: Ipv4Network): boolean => a.base < b.base + sizeOf(b) && b.base < a.base + sizeOf(a)

export const formatNetwork = ({ base, bits }: Ipv4Network): string => `${formatAddress(base)}/${bits}`

export const formatAddress = (number: number): string => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')

export const sizeOf = ({ bits }: Ipv4Network): number => 2 ** (32 - bits)

/** Without bit operators, which would make it negative from 128.0.0.0 on. */
const addressNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
