import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { PlatformError } from '../lib/errors.ts'

/**
 * Makes sure that the address is free, before anything else is done, and turns port 0 into a free one.
 * @throws PlatformError that says who holds the port, as far as that can be known
 */
export async function requirePort(host: string, port: number): Promise<number> {
  try {
    return await tryPort(host, port)
  } catch (error) {
    throw await portError(host, port, error)
  }
}

function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port))
    })
  })
}

async function portError(host: string, port: number, cause: unknown): Promise<PlatformError> {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'EADDRINUSE') {
    const holder = await holderOf(port)
    return new PlatformError('failed_precondition', `Port ${port} is in use${holder ? ` by ${holder}` : ''}.`, {
      cause,
      reason: 'PORT_IN_USE',
      hint: `Stop that program, or set MICRO_PORT to another port: MICRO_PORT=${port === 8080 ? 8081 : 8080}.`,
    })
  }
  if (code === 'EACCES') {
    return new PlatformError('failed_precondition', `This user may not listen on port ${port}.`, {
      cause,
      hint: 'Ports below 1024 are for root: set MICRO_PORT to a higher one.',
    })
  }
  return new PlatformError('failed_precondition', `Micro cannot listen on ${host}: it is not an address of this machine.`, {
    cause,
    hint: 'Set MICRO_HOST to one that is, such as 127.0.0.1.',
  })
}

/** Linux tells: the listening socket's inode from /proc/net/tcp, then who has it open. Other users' processes are hidden from us. */
async function holderOf(port: number): Promise<string | undefined> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => ''))) // not Linux
  const listening = tables.flatMap((table) => table.split('\n')).map((line) => line.trim().split(/\s+/))
  const inodes = listening.filter((fields) => fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A').map((fields) => `socket:[${fields[9]}]`)
  if (inodes.length === 0) return undefined
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (!(await hasOpen(pid, inodes))) continue
    const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '') // it ended just now
    return `process ${pid}${command ? ` (${command.trim()})` : ''}`
  }
  return undefined
}

async function hasOpen(pid: string, targets: readonly string[]): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []) // not ours to look at, or gone
  const links = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => ''))) // closed meanwhile
  return links.some((link) => targets.includes(link))
}
