import type { Address } from '../runtime.ts'
import { parseTcpTable, tcpTable } from '../tcp-table.ts'

/** Where the engine's own DNS answers inside of every network. */
const engineDns = '127.0.0.11'

/** What listens in the network that the process is in: that of one instance, so it is all the instance's. */
export async function listeningIn(pid: number): Promise<Address[]> {
  const tables = await Promise.all([tcpTable(pid, 'tcp'), tcpTable(pid, 'tcp6')])
  const addresses = new Map<string, Address>()
  for (const { address } of tables.flatMap(parseTcpTable)) {
    if (address.host !== engineDns) addresses.set(`${address.host} ${address.port}`, address)
  }
  return [...addresses.values()].sort((a, b) => a.port - b.port || a.host.localeCompare(b.host))
}
