import { readFile } from 'node:fs/promises'
import type { PlatformSettings } from '../config/platform.ts'
import { PlatformError } from '../lib/errors.ts'
import { contains, formatNetwork, type Ipv4Network, overlap, parseNetwork } from '../lib/ipv4.ts'
import type { DockerFirewall } from '../runtime/docker/firewall/firewall.ts'
import type { Instance, Runtime } from '../runtime/runtime.ts'

type Settings = Pick<PlatformSettings, 'networkPool' | 'egressAllow' | 'port' | 'dockerSocket'>

/** What keeps instances and builds in containers from the machine and from other namespaces. @throws PlatformError as `requireIsolation` */
export async function openFirewall(settings: Settings, installation: string): Promise<DockerFirewall> {
  await requireIsolation(settings.networkPool)
  const { networkPool: pool, egressAllow, port, dockerSocket } = settings
  const [{ createFirewall }, { defaultBridge }] = await Promise.all([
    import('../runtime/docker/firewall/firewall.ts'),
    import('../runtime/docker/default-bridge.ts'),
  ])
  return createFirewall({ installation, pool, egressAllow, port, buildBridge: await defaultBridge(dockerSocket) })
}

/**
 * Removes instances that an earlier process left in networks which the firewall knows nothing of: the pool was another then, or nothing was
 * isolated. The reconciler starts them anew. One that waits to be started again does not say where it would be.
 */
export async function removeOutsiders(runtime: Runtime, pool: string): Promise<void> {
  const network = parseNetwork(pool)
  const isOutside = (instance: Instance) =>
    instance.state === 'backoff' || (instance.state === 'running' && !(network && contains(network, instance.address.host)))
  await Promise.all((await runtime.list()).filter(isOutside).map(({ id }) => runtime.remove(id, { graceMs: 1_000 })))
}

/** @throws PlatformError saying why root cannot isolate containers on this machine */
export async function requireIsolation(pool: string): Promise<void> {
  const { whyNoFirewall } = await import('../runtime/docker/firewall/firewall.ts')
  const why = await whyNoFirewall()
  if (why !== undefined)
    throw new PlatformError('failed_precondition', why, { reason: 'NOT_ISOLATED', hint: 'On Debian: apt-get install iptables.' })
  await requireFreePool(pool)
}

/** @throws PlatformError when this machine reaches something else by addresses of the pool: what comes from there would never arrive */
export async function requireFreePool(pool: string, routes?: string): Promise<void> {
  const text = routes ?? (await readFile('/proc/net/route', 'utf8').catch(() => '')) // not Linux
  const network = parseNetwork(pool)
  const other = network && routesIn(text).find((route) => !isOurs(route) && overlap(network, route.network))
  if (!other) return
  throw new PlatformError(
    'failed_precondition',
    `MICRO_NETWORK_POOL=${pool} is in use: ${formatNetwork(other.network)} is at ${other.link}.`,
    {
      reason: 'NETWORK_POOL_IN_USE',
      hint: 'Set MICRO_NETWORK_POOL to a private network that this machine does not reach, such as 10.64.0.0/12.',
    },
  )
}

type Route = { link: string; network: Ipv4Network }

/** Bridges of namespaces' networks are what the pool is for. */
const isOurs = ({ link }: Route): boolean => link.startsWith('mcr')

/** Of proc(5): numbers are the bytes of the address in the order of the network, read as the machine reads a number. The default route is to anywhere. */
function routesIn(text: string): Route[] {
  return text.split('\n').flatMap((line) => {
    const [link, destination, , , , , , mask] = line.split('\t')
    if (link === undefined || destination === undefined || !/^[0-9A-F]{8}$/.test(mask ?? '') || mask === '00000000') return []
    const bits = reversed(mask ?? '')
      .toString(2)
      .replaceAll('0', '').length
    return [{ link, network: { base: reversed(destination), bits } }]
  })
}

const reversed = (hex: string): number => Number.parseInt(hex.match(/../g)?.toReversed().join('') ?? '', 16)
