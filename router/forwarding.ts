import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'
import { Refusal } from './refusal.ts'

/** Who made a request, as far as it can be believed. */
export type Client = {
  readonly address: string
  readonly proto: 'http' | 'https'
  /** The value of X-Forwarded-For for whom the request goes on to. */
  readonly forwardedFor: string
}

export type ReadClient = (peer: string, headers: IncomingHttpHeaders) => Client

/**
 * @param options.trustedProxies CIDRs or addresses whose forwarding headers are believed; those of others are ignored
 * @param options.refuse a loopback-only server stands behind no proxy: such headers mean that one exposes it by mistake
 */
export function createForwarding(options: { trustedProxies: readonly string[]; refuse: boolean }): ReadClient {
  const trusted = blockList(options.trustedProxies)
  const isTrusted = (address: string) => trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

  return (peerAddress, headers) => {
    const peer = plainAddress(peerAddress)
    if (options.refuse && Object.keys(headers).some(isForwardingHeader)) {
      throw new Refusal(
        400,
        'This server is for its own machine only and refuses forwarded requests. Configure MICRO_TRUSTED_PROXIES to run it behind a proxy.',
      )
    }
    if (peer === '' || !isTrusted(peer)) return { address: peer, proto: 'http', forwardedFor: peer }
    const chain = tokens(headers['x-forwarded-for'])
    const proto = tokens(headers['x-forwarded-proto']).at(-1)?.toLowerCase()
    return {
      address:
        chain
          .toReversed()
          .map(plainAddress)
          .find((address) => !safely(isTrusted, address)) ?? peer,
      proto: proto === 'https' ? 'https' : 'http',
      forwardedFor: [...chain, peer].join(', '),
    }
  }
}

export function isForwardingHeader(name: string): boolean {
  // CGI and WSGI servers read `X_Forwarded_For` as `X-Forwarded-For`.
  const dashed = name.replaceAll('_', '-')
  return dashed === 'forwarded' || dashed === 'x-real-ip' || dashed.startsWith('x-forwarded-')
}

function blockList(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

const plainAddress = (address: string): string => (address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address)

const tokens = (value: string | string[] | undefined): string[] =>
  (Array.isArray(value) ? value.join(',') : (value ?? ''))
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')

/** What a proxy wrote need not be an address ("unknown", or one with a port): then it is not one of ours. */
function safely(isTrusted: (address: string) => boolean, address: string): boolean {
  try {
    return isTrusted(address)
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}
