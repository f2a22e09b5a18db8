import { readdir, readlink } from 'node:fs/promises'
import type { Address } from '../runtime.ts'
import { parseTcpTable, tcpTable } from '../tcp-table.ts'

/** The TCP addresses on which these processes accept connections. */
export async function listeningAddresses(pids: readonly number[]): Promise<Address[]> {
  const [first] = pids
  if (first === undefined) return []
  const [sockets, v4, v6] = await Promise.all([socketsOf(pids), tcpTable(first, 'tcp'), tcpTable(first, 'tcp6')])
  const addresses = new Map<string, Address>()
  for (const { inode, address } of [...parseTcpTable(v4), ...parseTcpTable(v6)]) {
    if (sockets.has(inode)) addresses.set(`${address.host} ${address.port}`, address)
  }
  return [...addresses.values()].sort((a, b) => a.port - b.port || a.host.localeCompare(b.host))
}

async function socketsOf(pids: readonly number[]): Promise<Set<string>> {
  const inodes = new Set<string>()
  for (const pid of pids) {
    const directory = `/proc/${pid}/fd`
    // Processes and descriptors may go while we look.
    const descriptors = await readdir(directory).catch(() => [])
    for (const descriptor of descriptors) {
      const target = await readlink(`${directory}/${descriptor}`).catch(() => '')
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode) inodes.add(inode)
    }
  }
  return inodes
}
