import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createGrpcTarget } from './grpc-target.ts'
import { createHttpTarget } from './http-target.ts'
import { createInFlight, NotSent } from './target.ts'
import { startHttp, startHttp2, until } from './testing.ts'

const soon = () => AbortSignal.timeout(5_000)
const options = { connectMs: 500, messageBytes: 1_000 }

describe.for(['http', 'grpc'] as const)('the %s target', (kind) => {
  const start = async (where: number | string = 0) => {
    const pending: (() => void)[] = []
    const take = (_: unknown, response: { end(): unknown }) => pending.push(() => response.end())
    const server = kind === 'http' ? await startHttp(take, where) : await startHttp2(take, where)
    const inFlight = createInFlight()
    const address = { host: '127.0.0.1', port: server.port }
    const http = createHttpTarget(address, inFlight, options.connectMs)
    const grpc = createGrpcTarget(address, inFlight, options)
    const send = async () => {
      if (kind === 'http') {
        const sent = await http.send({ method: 'GET', path: '/', headers: { host: 'x' }, signal: soon() })
        sent.end()
        const [answer] = await once(sent, 'response')
        answer.resume()
      } else {
        const stream = await grpc.send({ ':path': '/' })
        stream.end()
        stream.resume()
        await once(stream, 'close')
      }
    }
    return { target: kind === 'http' ? http : grpc, inFlight, pending, send, server }
  }

  test('is ready when it accepts connections', async () => {
    const { target, server } = await start()
    await target.ready(soon())
    target.close()
    await server.close()
    await until(() =>
      target.ready(soon()).then(
        () => false,
        (error) => error instanceof NotSent,
      ),
    )
  })

  test('counts what it sends until that is over, and is drained then', async () => {
    const { target, inFlight, pending, send } = await start()
    expect(await target.drain(1)).toBe(true)
    const sent = [send(), send()]
    await until(() => pending.length === 2)
    expect(inFlight.count).toBe(2)
    expect(await target.drain(20)).toBe(false)
    const drained = target.drain(5_000)
    for (const end of pending) end()
    expect(await drained).toBe(true)
    await Promise.all(sent)
    expect(inFlight.count).toBe(0)
    target.close()
  })

  test('says when nothing was sent', async () => {
    const { target, server, inFlight, send } = await start()
    await server.close()
    await expect(send()).rejects.toThrow(NotSent)
    await until(() => inFlight.count === 0)
    target.close()
  })
})

test('a gRPC target opens another connection when one has no room', async () => {
  const { port, server } = await startHttp2(() => {})
  server.updateSettings({ maxConcurrentStreams: 2 })
  let sessions = 0
  server.on('session', () => sessions++)
  const target = createGrpcTarget({ host: '127.0.0.1', port }, createInFlight(), options)
  await target.ready(soon())
  await until(() => sessions === 1)
  for (let i = 0; i < 5; i++) await target.send({ ':path': '/' })
  await until(() => sessions === 3)
  target.close()
})
