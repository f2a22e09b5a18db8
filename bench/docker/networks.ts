import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { newId } from '../../lib/ids.ts'
import { insidePorts } from '../../lib/inside-ports.ts'
import { createLog } from '../../lib/log.ts'
import { type Subnet, subnetAt } from '../../lib/network-pool.ts'
import { createInside } from '../../router/inside/inside.ts'
import { readNetworks } from '../../router/inside/network.ts'
import { defaultLimits } from '../../router/limits.ts'
import { createRouteTable } from '../../router/table.ts'
import { Engine } from '../../runtime/docker/engine.ts'
import { createFirewall } from '../../runtime/docker/firewall/firewall.ts'
import { Networks } from '../../runtime/docker/network.ts'
import type { Figure } from '../figure.ts'

/** Nothing of it is what an installation has by default. */
const pool = '10.192.0.0/16'

/** Networks of so many namespaces on the engine: what each takes, and whether the last one takes longer than the first. */
export async function measureNetworks(socket: string, count: number): Promise<Figure[]> {
  const log = createLog('bench', 'warn')
  const installation = newId('b').replace('_', '')
  const networks = new Networks(new Engine(socket), installation, log)
  const firewall = createFirewall({ installation, pool, port: 8080, buildBridge: 'mcb-none', egressAllow: [] })
  const inside = createInside({ ports: insidePorts, table: createRouteTable(), limits: defaultLimits, log, onRequest: () => undefined })
  const samples = { made: [] as number[], answered: [] as number[], rules: [] as number[], closed: [] as number[], removed: [] as number[] }
  const timed = async (into: number[], work: () => Promise<unknown>) => {
    const since = performance.now()
    await work()
    into.push(performance.now() - since)
  }
  const subnets = Array.from({ length: count }, (_, index) => subnetAt(pool, index)).filter((subnet) => subnet !== undefined)
  const wires = subnets.map((subnet, index) => ({
    $typeName: 'micro.router.v1.Namespace' as const,
    id: `${index}`,
    name: `ns-${index}`,
    egress: true,
    ...subnet,
  }))
  try {
    await timed(samples.rules, () => firewall.apply({ closed: [] }))
    inside.keep(readNetworks(wires))
    for (const [index, subnet] of subnets.entries()) {
      await timed(samples.made, () => networks.ensure({ id: `ns-${index}`, ...subnet, egress: true }))
      await timed(samples.answered, () => answered(subnet))
    }
    await timed(samples.closed, () => firewall.apply({ closed: subnets.map(({ subnet }) => subnet) }))
    await timed(samples.removed, () => networks.sweep(new Set(), Date.now(), 0))
  } finally {
    await networks.sweep(new Set(), Date.now(), 0)
    await inside.close(0)
    await firewall.remove()
  }
  const tenth = Math.ceil(count / 10)
  return [
    { name: `network of a namespace made, the first ${tenth} of ${count}`, unit: 'ms', samples: samples.made.slice(0, tenth) },
    { name: `— the last ${tenth}`, unit: 'ms', samples: samples.made.slice(-tenth) },
    { name: '— until the router answers on its gateway', unit: 'ms', samples: samples.answered },
    { name: 'firewall set, no namespace closed', unit: 'ms', samples: samples.rules },
    { name: `— all ${count} closed`, unit: 'ms', samples: samples.closed },
    { name: `all ${count} networks removed`, unit: 's', samples: samples.removed.map((ms) => ms / 1000) },
  ]
}

async function answered({ gateway }: Subnet): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(2)) {
    const socket = connect({ host: gateway, port: insidePorts.http })
    const open = await once(socket, 'connect').then(
      () => true,
      () => false, // not yet
    )
    socket.destroy()
    if (open) return
  }
  throw new Error(`The router does not answer on ${gateway}.`)
}
