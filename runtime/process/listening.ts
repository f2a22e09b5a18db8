import { readdir, readFile, readlink } from 'node:fs/promises'
import ipaddr from 'ipaddr.js'
import type { Address } from '../runtime.ts'

/** The TCP addresses on which these processes accept connections. */
export async function listeningAddresses(pids: readonly number[]): Promise<Address[]> {
  const [first] = pids
  if (first === undefined) return []
  const [sockets, v4, v6] = await Promise.all([socketsOf(pids), table(first, 'tcp'), table(first, 'tcp6')])
  const addresses = new Map<string, Address>()
  for (const { inode, address } of [...parseTcpTable(v4), ...parseTcpTable(v6)]) {
    if (sockets.has(inode)) addresses.set(`${address.host} ${address.port}`, address)
  }
  return [...addresses.values()].sort((a, b) => a.port - b.port || a.host.localeCompare(b.host))
}

const LISTEN = '0A'

/** The listening sockets in /proc/net/tcp or tcp6, as proc_pid_net(5) describes it. */
export function parseTcpTable(text: string): { inode: string; address: Address }[] {
  const rows = []
  for (const line of text.split('\n').slice(1)) {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
    const [host = '', port = ''] = local.split(':')
    if (state === LISTEN && inode) rows.push({ inode, address: { host: parseHost(host), port: Number.parseInt(port, 16) } })
  }
  return rows
}

/** The kernel prints addresses as 32-bit words in the machine's own byte order: little-endian wherever Node runs. */
function parseHost(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse())
  return ipaddr.fromByteArray(bytes).toString()
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

// A machine without IPv6 has no tcp6 table; a process that ended has none at all.
const table = (pid: number, name: 'tcp' | 'tcp6'): Promise<string> => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')
