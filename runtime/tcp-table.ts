import { readFile } from 'node:fs/promises'
import ipaddr from 'ipaddr.js'
import type { Address } from './runtime.ts'

/** The table of the network that the process is in. A machine without IPv6 has no tcp6 table; a process that ended has none at all. */
export const tcpTable = (pid: number, name: 'tcp' | 'tcp6'): Promise<string> => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')

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
