import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type Answer as DnsAnswer, decode, encode } from 'dns-packet'
import { onTestFinished } from 'vitest'
import { type Answer, type Asked, startTestRouter, until } from '../testing.ts'
import { frame, readFrames } from './dns/frames.ts'

/** Networks of two namespaces, of addresses that every Linux machine answers on; `.2` and up are instances. */
export const fox = { id: 'ns_1', name: 'bright-fox', subnet: '127.98.1.0/24', gateway: '127.98.1.1', egress: true }
export const owl = { id: 'ns_2', name: 'grey-owl', subnet: '127.98.2.0/24', gateway: '127.98.2.1', egress: true }

export type TestInside = Awaited<ReturnType<typeof startInside>>

export async function startInside(
  wires: Parameters<typeof startTestRouter>[0],
  { resolvers = [] as readonly string[], jwks = '', stateDirectory = '', namespaces = [fox, owl] } = {},
) {
  const ports = { http: await freePort(), dns: await freePort() }
  const inside = { ports, resolvers: () => resolvers }
  const router = await startTestRouter(
    wires,
    { inside, ...(stateDirectory ? { stateDirectory } : {}) },
    { namespaces, ...(jwks ? { jwks } : {}) },
  )
  const ask = (asked: Asked & Partial<Peer> = {}) => askInside({ from: '127.98.1.2', to: fox.gateway, ...asked }, ports.http)
  for (const { gateway } of namespaces) await until(() => isAnswered(gateway, ports))
  return { ...router, ports, ask }
}

type Peer = { from: string; to: string }

/** As an instance of that address does. */
export async function askInside(
  { from, to, host = to, path = '/', method = 'GET', headers = {}, body }: Asked & Peer,
  port: number,
): Promise<Answer> {
  const sent = request({ host: to, port, localAddress: from, method, path, headers: { host, ...headers }, agent: false })
  sent.end(body)
  const [answer] = await once(sent, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString(), trailers: answer.trailers }
}

/** Whether all of its doors are open: what comes from no instance is refused, which is an answer. */
export async function isAnswered(gateway: string, ports: { http: number; dns: number }): Promise<boolean> {
  const opened = [ports.http, ports.dns].map(async (port) => {
    const socket = connect({ host: gateway, port })
    await once(socket, 'connect')
    socket.destroy()
  })
  return Promise.all(opened).then(
    () => true,
    () => false,
  )
}

/** One that nobody listens on now, on whatever address. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A resolver as the machine has one: knows `example.com`, takes a while for `slow.example.com`, and never answers others. */
export async function startUpstream(): Promise<{ address: string; asked: string[]; held(): number; release(): void }> {
  const asked: string[] = []
  const waiting: (() => void)[] = []
  const answer = (query: Buffer, transport: string): Buffer | undefined => {
    const { id = 0, questions = [] } = decode(query)
    const [question] = questions
    asked.push(`${question?.name} ${question?.type} ${transport}`)
    if (question?.name.endsWith('example.com') !== true) return undefined
    const answers: DnsAnswer[] = question.type === 'A' ? [{ name: question.name, type: 'A', ttl: 60, data: '203.0.113.7' }] : []
    return encode({ type: 'response', id, questions, answers })
  }
  const tcp = createServer(async (socket) => {
    socket.on('error', () => {})
    for await (const query of readFrames(socket)) {
      const reply = answer(query, 'tcp')
      if (reply) socket.write(frame(reply))
    }
  }).listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const { port } = tcp.address() as AddressInfo
  const udp = createSocket('udp4')
  udp.on('message', (query, peer) => {
    const reply = answer(query, 'udp')
    if (reply === undefined) return
    const send = () => udp.send(reply, peer.port, peer.address, () => {})
    if (decode(query).questions?.[0]?.name.startsWith('slow')) waiting.push(send)
    else send()
  })
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')
  onTestFinished(() => {
    udp.close()
    tcp.close()
  })
  return {
    address: `127.0.0.1:${port}`,
    asked,
    held: () => waiting.length,
    release: () => {
      for (const send of waiting.splice(0)) send()
    },
  }
}
