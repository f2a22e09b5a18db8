import type { ContainerStats } from 'dockerode'
import type { InstanceStats } from '../runtime.ts'
import { type Engine, ignoring } from './engine.ts'

/** Undefined when the container does not run. The network is that of its holder. */
export async function readStats(engine: Engine, container: string, holder: string): Promise<InstanceStats | undefined> {
  const [own, network] = await Promise.all([containerStats(engine, container), containerStats(engine, holder)])
  return own && statsOf(own, network?.networks)
}

const containerStats = (engine: Engine, id: string) =>
  ignoring(
    [404, 409],
    engine.call((docker) => docker.getContainer(id).stats({ stream: false, 'one-shot': true })),
  )

/** As the engine's own `stats` command counts: the cache that can be reclaimed at once is no use of memory. */
export function statsOf(own: ContainerStats, networks: ContainerStats['networks'] | undefined): InstanceStats | undefined {
  const { cpu_stats: cpu, memory_stats: memory, pids_stats: processes } = own
  // What the engine says of a container that has ended.
  if (!memory?.usage) return undefined
  // Control groups of version 1 name it one way, those of version 2 another.
  const counters: Partial<Record<string, number>> = { ...memory.stats }
  const cache = counters.total_inactive_file ?? counters.inactive_file ?? 0
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
  const interfaces = networks && Object.values(networks)
  return {
    at: new Date(own.read),
    cpuMs: Math.round(cpu.cpu_usage.total_usage / 1e6),
    memoryBytes: Math.max(0, memory.usage - cache),
    processes: processes?.current ?? 0,
    ...(interfaces
      ? { receivedBytes: sum(interfaces.map(({ rx_bytes }) => rx_bytes)), sentBytes: sum(interfaces.map(({ tx_bytes }) => tx_bytes)) }
      : {}),
  }
}
