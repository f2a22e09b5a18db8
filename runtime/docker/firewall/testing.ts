import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { exec } from '../../../lib/exec.ts'

const env = { PATH: process.env.PATH ?? '' }

/** @returns what it printed */
export async function run(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await exec(argv, { env, timeoutMs: 60_000 })
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout + stderr
}

/** What a connection came to: `open`, `refused` (for UDP also by silence, since the kernel limits how often it says so), or what else happened. */
export type Outcome = string
/** By name: `tcp 10.0.0.1 80`, or `udp …`. */
export type Targets = Readonly<Record<string, string>>
export type Outcomes = Record<string, Outcome>

/** Tries all targets at once; runs inside of containers, so it is a text. Everything that listens in these tests says something at once, or to each datagram. */
export const probe = `
const net = require('node:net'), dgram = require('node:dgram')
const tcp = (host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port: Number(port) })
  socket.setTimeout(2000, () => { resolve('none'); socket.destroy() })
  socket.on('data', () => { resolve('open'); socket.destroy() }).on('close', () => resolve('closed'))
  socket.on('error', (error) => resolve(error.code === 'ECONNREFUSED' ? 'refused' : error.code))
})
const udp = (host, port) => new Promise((resolve) => {
  const socket = dgram.createSocket('udp4')
  const end = (outcome) => { resolve(outcome); clearInterval(again); try { socket.close() } catch {} }
  const again = setInterval(() => socket.send('?'), 200)
  setTimeout(end, 2000, 'refused')
  socket.on('message', () => end('open')).on('error', (error) => end(error.code === 'EHOSTUNREACH' ? 'refused' : error.code))
  socket.connect(Number(port), host, () => socket.send('?'))
})
const tries = { tcp, udp }
const probe = async (targets) => Object.fromEntries(await Promise.all(
  Object.entries(targets).map(async ([name, target]) => { const [kind, host, port] = target.split(' '); return [name, await tries[kind](host, port)] })))
`

/** Listens for TCP and UDP, and answers; a text as well. By UDP it must be bound to just the address, or the answer may come from another. */
export const listen = `
const listen = (host, port) => {
  require('node:net').createServer((socket) => socket.on('error', () => {}).end('hello')).listen(port, host)
  const udp = require('node:dgram').createSocket('udp4')
  udp.on('message', (_, peer) => udp.send('hello', peer.port, peer.address)).bind(port, host)
}
`

/** A port of this machine on all its addresses, by TCP and UDP. */
export async function listenOnMachine(): Promise<{ port: number; address: string; close(): void }> {
  const tcp = createServer((socket) => socket.on('error', () => {}).end('hello')).listen(0, '0.0.0.0')
  await once(tcp, 'listening')
  const { port } = tcp.address() as AddressInfo
  const own = Object.entries(networkInterfaces()).flatMap(([name, all = []]) => (/^(mc|docker|br-|veth|lo)/.test(name) ? [] : all))
  const address = own.find(({ family }) => family === 'IPv4')?.address
  if (address === undefined) throw new Error('This machine has no address of its own.')
  const sockets = ['0.0.0.0', address].map((host) => {
    const udp = createSocket({ type: 'udp4', reuseAddr: true })
    udp.on('message', (_, peer) => udp.send('hello', peer.port, peer.address)).bind(port, host)
    return udp
  })
  await Promise.all(sockets.map((udp) => once(udp, 'listening')))
  return {
    port,
    address,
    close() {
      for (const each of [tcp, ...sockets]) each.close()
    },
  }
}

export const lanPort = 9
/** Says again what it is told, for as long as one likes. */
export const echoPort = 7
/** What is outside of the machine: somebody's private network, the metadata address, and somebody on the internet. */
export type Outside = {
  lan: string
  lanNetwork: string
  shared: string
  metadata: string
  internet: string
  /** For whatever the same test needs beside it: a pool of networks, and the network of a bridge. */
  pool: string
  bridgeAddress: string
  dispose(): Promise<void>
}

/** All of that in a network namespace behind this machine; nothing leaves it. */
export async function createOutside(): Promise<Outside> {
  const { n, name } = await ownNamespace()
  const link = `mctv${n}`
  const addresses = { lan: `10.189.${n}.2`, shared: `100.64.${n}.2`, metadata: '169.254.169.254', internet: `198.51.100.${n}` }
  await run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
  await run('ip', 'addr', 'add', `10.189.${n}.1/24`, 'dev', link)
  await run('ip', 'link', 'set', link, 'up')
  const inside = (...argv: string[]) => run('ip', '-n', name, ...argv)
  await inside('link', 'set', 'lo', 'up')
  await inside('addr', 'add', `${addresses.lan}/24`, 'dev', 'eth0')
  await inside('link', 'set', 'eth0', 'up')
  await inside('route', 'add', 'default', 'via', `10.189.${n}.1`)
  for (const address of [addresses.shared, addresses.metadata, addresses.internet]) {
    await inside('addr', 'add', `${address}/32`, 'dev', 'lo')
    // Another test may have a route to such an address too, which is as good.
    await run('ip', 'route', 'add', `${address}/32`, 'via', addresses.lan, 'dev', link, 'metric', String(n))
  }
  const ended = new AbortController()
  const echo = `require('node:net').createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(${echoPort})`
  const listening = [...Object.values(addresses).map((address) => [address, lanPort]), [addresses.lan, 53]]
  const program = `${listen}; ${echo}; for (const place of ${JSON.stringify(listening)}) listen(...place); console.log('listens')`
  const listens = Promise.withResolvers<void>()
  const server = exec(['ip', 'netns', 'exec', name, process.execPath, '-e', program], {
    env,
    signal: ended.signal,
    onLine: () => listens.resolve(),
  })
  server.catch(listens.reject)
  await listens.promise
  return {
    ...addresses,
    lanNetwork: `10.189.${n}.0/24`,
    // No installation is given one of these by default.
    pool: `10.${192 + (n >> 4)}.${16 * (n & 15)}.0/20`,
    bridgeAddress: `10.191.${n}.1`,
    async dispose() {
      ended.abort()
      await server.catch(() => undefined) // stopped
      await run('ip', 'link', 'del', link)
      await run('ip', 'netns', 'del', name)
    },
  }
}

/** A number that no other test has now, with the network namespace that stands for that. */
async function ownNamespace(): Promise<{ n: number; name: string }> {
  const first = Math.floor(Math.random() * 239)
  for (let i = 0; i < 239; i++) {
    const n = 1 + ((first + i) % 239)
    const name = `mct${n}`
    const made = await run('ip', 'netns', 'add', name).catch(() => undefined) // taken
    if (made !== undefined) return { n, name }
  }
  throw new Error('No network namespace could be made.')
}
