import { readTarget, single } from '../admission.ts'
import type { Exchange, Opened } from '../exchange.ts'
import { type Gateway, serveNamespace } from '../gateway.ts'
import type { Platform } from '../platform.ts'
import { Refusal } from '../refusal.ts'
import { classifyInside } from './host.ts'
import { isInstance, type Network } from './network.ts'

/** What instances of a namespace are answered: services of their own namespace, private ones too, and the platform's RPCs. */
export async function serveInside(
  { gateway, platform }: { gateway: Gateway; platform: Platform },
  opened: Opened,
  network: Network,
): Promise<void> {
  const exchange = admit(opened, network)
  const { host, path, request } = exchange
  const { namespace } = network
  const named = single(request.headers, 'micro-namespace')
  if (named !== undefined && named !== namespace)
    throw new Refusal(403, `This comes from the namespace "${namespace}" and asks for "${named}": one does not reach into another.`)
  if (host.kind === 'namespace' && path.startsWith('/micro.')) return await platform.serveRpc(exchange)
  await serveNamespace(gateway, exchange, { sharedOrigin: false })
}

function admit(opened: Opened, network: Network): Exchange {
  const { namespace, gateway } = network
  const { remoteAddress: address = '' } = opened.request.socket
  if (!isInstance(network, address)) throw new Refusal(403, `Here only instances of the namespace "${namespace}" are answered.`)
  const target = readTarget(opened.request)
  const host = classifyInside(target.authority.name, network)
  if (host.kind === 'unknown')
    throw new Refusal(
      421,
      `Instances are answered for <service>.internal, api.internal and ${gateway}, and not for ${target.authority.name}.`,
    )
  return { ...opened, ...target, host, inside: namespace, client: { address, proto: 'http', forwardedFor: address } }
}
