import type { Log } from '../../lib/log.ts'
import type { Limits } from '../limits.ts'
import { createListener, type OnRequest } from '../listener.ts'
import type { RouteTable } from '../table.ts'
import { tcpDoor, udpDoor } from './dns/doors.ts'
import { createForwarder, type Resolvers } from './dns/forward.ts'
import { createResolver } from './dns/resolver.ts'
import { createDoors, type Door, type Doors } from './doors.ts'
import type { Network } from './network.ts'

export type InsideOptions = {
  ports: { http: number; dns: number }
  /** Absent: those of the machine. */
  resolvers?: Resolvers
  table: RouteTable
  limits: Limits
  log: Log
  onRequest(network: Network, ...opened: Parameters<OnRequest>): void
}

/** The router on the gateways of namespaces' networks, with the DNS of each. */
export function createInside({ ports, resolvers, table, limits, log, onRequest }: InsideOptions): Doors {
  const forwarder = createForwarder(resolvers)

  function make(network: () => Network): Door[] {
    const listener = createListener({ limits, onRequest: (...opened) => onRequest(network(), ...opened) })
    const dns = { network, port: ports.dns, answer: createResolver({ network, table, forwarder }) }
    return [
      {
        name: `port ${ports.http}`,
        open: async () => void (await listener.listen(network().gateway, ports.http)),
        close: (graceMs) => listener.close(graceMs),
      },
      udpDoor(dns),
      tcpDoor(dns),
    ]
  }

  return createDoors({ make, log })
}
