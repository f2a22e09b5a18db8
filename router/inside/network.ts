import type { Namespace as WireNamespace } from '../../gen/proto/micro/router/v1/router_pb.ts'
import { contains, type Ipv4Network, parseNetwork } from '../../lib/ipv4.ts'

/** The network of a namespace, on whose gateway the router answers what runs in the namespace. */
export type Network = {
  readonly namespace: string
  readonly subnet: Ipv4Network
  readonly gateway: string
  /** False: names outside of the namespace are not resolved. */
  readonly egress: boolean
}

export function readNetworks(wires: Iterable<WireNamespace>): Network[] {
  return [...wires].flatMap(({ name, subnet: text, gateway, egress }) => {
    const subnet = text === '' ? undefined : parseNetwork(text)
    return subnet !== undefined && contains(subnet, gateway) ? [{ namespace: name, subnet, gateway, egress }] : []
  })
}

/** Whether that is an instance of the namespace; on the gateway itself are programs of this machine. */
export const isInstance = ({ subnet, gateway }: Network, address: string | undefined): boolean =>
  address !== undefined && address !== gateway && contains(subnet, address)
