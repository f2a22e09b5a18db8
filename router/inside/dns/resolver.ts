import type { RouteTable } from '../../table.ts'
import { isInternal, serviceOf } from '../host.ts'
import type { Network } from '../network.ts'
import { decide, serverFailure } from './answer.ts'
import type { Forwarder, Transport } from './forward.ts'

/** Answers the queries of one namespace. @returns undefined for what is not to be answered */
export type Answer = (query: Buffer, transport: Transport) => Promise<Buffer | undefined>

const mostInFlight = 64

export function createResolver({ network, table, forwarder }: { network(): Network; table: RouteTable; forwarder: Forwarder }): Answer {
  let inFlight = 0

  function address(name: string): string | undefined {
    const { namespace, gateway } = network()
    if (name === apiName) return gateway
    const service = serviceOf(name)
    return service !== undefined && table.match({ namespace, service }).kind === 'route' ? gateway : undefined
  }

  return async (query, transport) => {
    const decision = decide(query, { owns: isInternal, address, forwards: network().egress })
    if (decision.kind === 'drop') return undefined
    if (decision.kind === 'reply') return decision.reply
    if (inFlight >= mostInFlight) return serverFailure(query)
    inFlight++
    try {
      return (await forwarder.ask(query, transport)) ?? serverFailure(query)
    } finally {
      inFlight--
    }
  }
}

const apiName = 'api.internal'
