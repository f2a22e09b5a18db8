import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { decode, encode, type Packet } from 'dns-packet'
import { describe, expect, onTestFinished, test } from 'vitest'
import { httpRoute, until } from '../../testing.ts'
import { fox, freePort, isAnswered, owl, startInside, startUpstream } from '../testing.ts'
import { frame, readFrames } from './frames.ts'

async function start({ egress = true } = {}) {
  const upstream = await startUpstream()
  const wires = [httpRoute('hello', [1]), httpRoute('say-hello', [1], { public: false }), httpRoute('owls', [1], { namespace: 'grey-owl' })]
  const router = await startInside(wires, { resolvers: [upstream.address], namespaces: [{ ...fox, egress }, owl] })
  /** As the libraries of an instance of that address do. */
  const resolver = ({ from = '127.98.1.2', to = fox.gateway } = {}) => {
    const made = new Resolver({ timeout: 3_000, tries: 1 })
    made.setServers([`${to}:${router.ports.dns}`])
    made.setLocalAddress(from)
    return made
  }
  return { ...router, upstream, resolver }
}

const query = (name: string, more: Partial<Packet> = {}) => encode({ type: 'query', id: 4711, questions: [{ name, type: 'A' }], ...more })

/** Sends bytes by UDP as they are. @returns undefined when nothing comes back before the answer to a query that is good */
async function exchange(bytes: Buffer, port: number): Promise<Packet & { rcode?: string }> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.98.1.2')
  await once(socket, 'listening')
  try {
    socket.send(bytes, port, fox.gateway)
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(5_000) })
    return decode(answer)
  } finally {
    socket.close()
  }
}

describe('names of services', () => {
  test('are the gateway’s address for services that there are, however they are written', async () => {
    const { resolver, upstream } = await start()
    for (const name of ['hello.internal', 'HELLO.Internal', 'say-hello.internal', 'api.internal'])
      expect([name, await resolver().resolve4(name)]).toEqual([name, [fox.gateway]])
    expect(await resolver({ from: '127.98.2.7', to: owl.gateway }).resolve4('owls.internal')).toEqual([owl.gateway])
    expect(upstream.asked).toEqual([])
  })

  test('are none of another namespace, nor of nobody, and nobody else is asked', async () => {
    const { resolver, upstream } = await start()
    for (const name of [
      'owls.internal',
      'nothing.internal',
      'a.hello.internal',
      'metadata.google.internal',
      'internal',
      'my_host.internal',
    ])
      await expect(resolver().resolve4(name)).rejects.toMatchObject({ code: 'ENOTFOUND' })
    expect(upstream.asked).toEqual([])
  })

  test('have no address of IPv6, which is no error', async () => {
    const { resolver } = await start()
    await expect(resolver().resolve6('hello.internal')).rejects.toMatchObject({ code: 'ENODATA' })
    await expect(resolver().resolve('hello.internal', 'MX')).rejects.toMatchObject({ code: 'ENODATA' })
  })

  test('come and go with the services', async () => {
    const { resolver, routes } = await start()
    routes.push({ routes: [httpRoute('fresh', [1])], removedRoutes: [{ namespace: 'bright-fox', service: 'hello' }] })
    await until(() =>
      resolver()
        .resolve4('fresh.internal')
        .then(
          () => true,
          () => false,
        ),
    )
    await expect(resolver().resolve4('hello.internal')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })
})

describe('other names', () => {
  test('are asked of the machine’s resolvers, over UDP and TCP', async () => {
    const { resolver, upstream, ports } = await start()
    expect(await resolver().resolve4('www.example.com')).toEqual(['203.0.113.7'])
    const socket = connect({ host: fox.gateway, port: ports.dns, localAddress: '127.98.1.2' })
    onTestFinished(() => void socket.destroy())
    socket.write(Buffer.concat([frame(query('a.example.com')), frame(query('hello.internal'))]))
    const answers = []
    for await (const answer of readFrames(socket)) if (answers.push(decode(answer).answers) === 2) break
    expect(answers).toMatchObject([[{ data: '203.0.113.7' }], [{ data: fox.gateway }]])
    expect(upstream.asked).toEqual(['www.example.com A udp', 'a.example.com A tcp'])
  })

  test('are refused where the namespace is closed, and from the moment on that it is', async () => {
    const { resolver, routes, upstream } = await start()
    expect(await resolver().resolve4('www.example.com')).toEqual(['203.0.113.7'])
    routes.push({ namespaces: [{ ...fox, egress: false }] })
    await until(() =>
      resolver()
        .resolve4('www.example.com')
        .then(
          () => false,
          ({ code }) => code === 'EREFUSED',
        ),
    )
    const before = upstream.asked.length
    await expect(resolver().resolve4('www.example.com')).rejects.toMatchObject({ code: 'EREFUSED' })
    expect(upstream.asked).toHaveLength(before)
    expect(await resolver().resolve4('hello.internal')).toEqual([fox.gateway])
  })

  test('of which too many are asked at once fail, and others are answered meanwhile', async () => {
    const { upstream, ports } = await start()
    const slow = Array.from({ length: 64 }, (_, i) => exchange(query(`slow${i}.example.com`), ports.dns))
    await until(() => upstream.held() === 64)
    expect((await exchange(query('www.example.com'), ports.dns)).rcode).toBe('SERVFAIL')
    expect((await exchange(query('hello.internal'), ports.dns)).answers).toMatchObject([{ data: fox.gateway }])
    upstream.release()
    expect((await Promise.all(slow)).every(({ answers }) => answers?.length === 1)).toBe(true)
    expect((await exchange(query('www.example.com'), ports.dns)).rcode).toBe('NOERROR')
  })

  test('that no resolver answers fail in time', { timeout: 20_000 }, async () => {
    const { upstream } = await start()
    const router = await startInside([], { resolvers: [`127.0.0.1:${await freePort()}`, upstream.address] })
    expect((await exchange(query('b.example.com'), router.ports.dns)).answers).toMatchObject([{ data: '203.0.113.7' }])
    const none = await startInside([], { resolvers: [] })
    expect((await exchange(query('c.example.com'), none.ports.dns)).rcode).toBe('SERVFAIL')
  })
})

describe('what is no query', () => {
  test('is answered by what is wrong with it, and harms nobody', async () => {
    const { ports } = await start()
    const rcode = async (bytes: Buffer) => (await exchange(bytes, ports.dns)).rcode
    expect(await rcode(query('a', { questions: [] }))).toBe('FORMERR')
    expect(
      await rcode(
        query('a', {
          questions: [
            { name: 'a', type: 'A' },
            { name: 'b', type: 'A' },
          ],
        }),
      ),
    ).toBe('FORMERR')
    expect(await rcode(query('a', { flags: 5 << 11 }))).toBe('NOTIMP')
    expect(await rcode(Buffer.concat([query('a').subarray(0, 12), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])]))).toBe('FORMERR')
    expect(await rcode(Buffer.concat([query('a').subarray(0, 12), Buffer.alloc(3, 63)]))).toBe('FORMERR')
  })

  test('is not answered when it is an answer, or too short to have an id', async () => {
    const { ports } = await start()
    const socket = createSocket('udp4')
    onTestFinished(() => void socket.close())
    socket.bind(0, '127.98.1.2')
    await once(socket, 'listening')
    for (const bytes of [
      Buffer.from([1, 2]),
      encode({ type: 'response', id: 1, questions: [{ name: 'a', type: 'A' }] }),
      query('hello.internal'),
    ])
      socket.send(bytes, ports.dns, fox.gateway)
    const [first] = await once(socket, 'message')
    expect(decode(first)).toMatchObject({ id: 4711, answers: [{ data: fox.gateway }] })
  })
})

test('nobody but instances of the namespace is answered', async () => {
  const { resolver, ports } = await start()
  const others = ['127.98.1.1', '127.98.2.2', '127.0.0.1'].map((from) => resolver({ from }).resolve4('hello.internal'))
  for (const asked of await Promise.allSettled(others)) expect(asked).toMatchObject({ reason: { code: 'ETIMEOUT' } })
  const socket = connect({ host: fox.gateway, port: ports.dns, localAddress: '127.98.2.2' })
  await once(socket, 'close')
  expect(await isAnswered(fox.gateway, ports)).toBe(true)
}, 30_000)
