import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { PlatformError } from '../lib/errors.ts'

export type ResolvedAddress = { address: string; family: 4 | 6 }

export type AddressOptions = {
  /** Hosts, addresses and networks (CIDR) that may be reached although they are not public: MICRO_FETCH_ALLOW. */
  allow: readonly string[]
  signal: AbortSignal
}

const lookupTimeoutMs = 10_000

/**
 * Resolves a host once, for a caller that then connects to these addresses and no others: what a tenant names must not lead into the
 * operator's network.
 * @param host a name or an address, as in `URL.hostname`
 * @throws PlatformError `invalid_argument` when any of its addresses is not public nor allowed, `unavailable` when there is no such host
 */
export async function resolvePublicAddress(host: string, { allow, signal }: AddressOptions): Promise<readonly ResolvedAddress[]> {
  const name = host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
  const addresses = await addressesOf(name, signal)
  if (allow.some((entry) => entry.toLowerCase() === name)) return addresses
  if (addresses.every(({ address }) => isPublicAddress(address) || allow.some((entry) => contains(entry, address)))) return addresses
  throw new PlatformError('invalid_argument', `${host} is an address of a private or local network; only public ones can be reached.`, {
    reason: 'ADDRESS_NOT_PUBLIC',
    hint: 'The operator of this server can allow it with MICRO_FETCH_ALLOW.',
  })
}

/** False for everything that IANA set aside: private, loopback, link-local, shared, multicast, documentation, and what embeds IPv4 in IPv6. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  // Only 2000::/3 is given out as global unicast; ipaddr.js counts every unassigned block as unicast too.
  return parsed.range() === 'unicast' && (parsed instanceof ipaddr.IPv4 || parsed.match(ipaddr.IPv6.parse('2000::'), 3))
}

/** A secret is readable on the way: without TLS, and not only within a network that the operator allowed. */
export const isReadableOnTheWay = (url: URL, addresses: readonly ResolvedAddress[]): boolean =>
  url.protocol !== 'https:' && (addresses.length === 0 || addresses.some(({ address }) => isPublicAddress(address)))

/** @param entry an address or a network; a host's name contains no address */
function contains(entry: string, address: string): boolean {
  const parsed = ipaddr.process(address)
  if (ipaddr.isValidCIDR(entry)) {
    const [network, bits] = ipaddr.parseCIDR(entry)
    return network.kind() === parsed.kind() && parsed.match(network, bits)
  }
  return ipaddr.isValid(entry) && ipaddr.process(entry).toNormalizedString() === parsed.toNormalizedString()
}

async function addressesOf(name: string, signal: AbortSignal): Promise<ResolvedAddress[]> {
  const given = AbortSignal.any([signal, AbortSignal.timeout(lookupTimeoutMs)])
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(given.reason)
  given.addEventListener('abort', onAbort, { once: true })
  try {
    if (given.aborted) throw given.reason
    const found = await Promise.race([lookup(name, { all: true, order: 'verbatim' }), aborted.promise])
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }))
  } catch (cause) {
    if (signal.aborted) throw new PlatformError('canceled', 'The work was canceled.', { cause })
    throw new PlatformError('unavailable', `The host ${name} cannot be found.`, {
      reason: 'HOST_UNKNOWN',
      hint: 'Check the spelling of the URL.',
      cause,
    })
  } finally {
    given.removeEventListener('abort', onAbort)
  }
}
