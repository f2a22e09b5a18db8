import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { Writable } from 'node:stream'
import pino from 'pino'
import { expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { ask, askFor, httpRoute, startHttp, startTestRouter, until } from './testing.ts'

test('closing lets what is in flight end, over either version, and takes nothing more', async () => {
  const pending: (() => void)[] = []
  const { port: upstream } = await startHttp((_, response) => {
    response.write('be')
    pending.push(() => response.end('gun'))
  })
  const { port, close } = await startTestRouter([httpRoute('hello', [upstream])])
  const agent = new Agent({ keepAlive: true })
  const first = request({ host: '127.0.0.1', port, path: '/hello', headers: { host: 'bright-fox.localhost' }, agent })
  first.end()
  const [answer] = await once(first, 'response')
  const session = connect(`http://127.0.0.1:${port}`)
  const stream = session.request({ ':path': '/hello', ':authority': 'bright-fox.localhost' })
  await once(stream, 'response')
  const silent = connectSocket(port, '127.0.0.1')
  await once(silent, 'connect')
  const closed = close(10_000)
  await expect(askFor(port, { path: '/hello' })).rejects.toThrow('ECONNREFUSED')
  for (const end of pending) end()
  let body = ''
  for await (const chunk of answer) body += chunk
  for await (const chunk of stream) body += chunk
  expect(body).toBe('begunbegun')
  const started = Date.now()
  await closed
  expect(Date.now() - started).toBeLessThan(5_000)
  agent.destroy()
})

test('what does not end in time is cut', async () => {
  let asked = 0
  const { port: upstream, server } = await startHttp(() => {
    asked++
  })
  new WebSocketServer({ server })
  const { port, close } = await startTestRouter([httpRoute('hello', [upstream])])
  const socket = new WebSocket(`ws://127.0.0.1:${port}/hello`, { headers: { host: 'bright-fox.localhost' } })
  await once(socket, 'open')
  const hanging = ask(port, { path: '/hello' })
  const cut = Promise.all([expect(hanging).rejects.toThrow(), once(socket, 'close')])
  await until(() => asked === 1)
  await close(100)
  await cut
})

test('a port that is taken is said in a sentence', async () => {
  const { port } = await startTestRouter()
  await expect(startTestRouter([], { port })).rejects.toMatchObject({
    name: 'PlatformError',
    message: `Port ${port} of 127.0.0.1 is in use by another program.`,
  })
})

test('every request is logged once, and failures louder; nothing of the query', async () => {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(chunk))
      done()
    },
  })
  const { port: upstream } = await startHttp((_, response) => response.end('ok'))
  const { port } = await startTestRouter([httpRoute('hello', [upstream]), httpRoute('down', [])], { log: pino({ level: 'debug' }, stream) })
  await ask(port, { path: '/hello/x?token=secret', headers: { authorization: 'Bearer secret', 'micro-request-id': 'r1' } })
  await ask(port, { path: '/down' })
  await ask(port, { path: '/nothing' })
  const logged = () => lines.filter((line) => line.requestId !== undefined)
  await until(() => logged().length === 3)
  expect(logged()).toMatchObject([
    {
      level: 20,
      requestId: 'r1',
      method: 'GET',
      host: 'bright-fox.localhost',
      path: '/hello/x',
      status: 200,
      namespace: 'bright-fox',
      service: 'hello',
      instance: `hello-${upstream}`,
    },
    { level: 40, path: '/down', status: 503 },
    { level: 20, path: '/nothing', status: 404 },
  ])
  expect(JSON.stringify(lines)).not.toContain('secret')
})

test('no request fails while instances are replaced under load', async () => {
  const serve = (name: string) => startHttp((_, response) => setTimeout(() => response.end(name), 3))
  let current = await serve('v0')
  const { port, routes } = await startTestRouter([httpRoute('hello', [current.port])])
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  let running = true
  let answered = 0
  const failures: unknown[] = []
  const load = Array.from({ length: 8 }, async (_, i) => {
    while (running) {
      const sent = request({
        host: '127.0.0.1',
        port,
        path: '/hello',
        method: i % 2 === 0 ? 'GET' : 'POST',
        headers: { host: 'bright-fox.localhost' },
        agent,
      })
      sent.end(i % 2 === 0 ? undefined : 'body')
      try {
        const [answer] = await once(sent, 'response')
        answer.resume()
        await once(answer, 'end')
        answered++
        if (answer.statusCode !== 200) failures.push(answer.statusCode)
      } catch (error) {
        failures.push(error)
      }
    }
  })
  for (let version = 1; version <= 10; version++) {
    const next = await serve(`v${version}`)
    const before = answered
    routes.push({ routes: [httpRoute('hello', [next.port], { draining: [`hello-${current.port}`] })] })
    const applied = BigInt(version + 1)
    await until(() => routes.reports.some((report) => report.version === applied && report.inFlight.length === 0))
    await current.close()
    await until(() => answered > before + 20)
    current = next
  }
  running = false
  await Promise.all(load)
  agent.destroy()
  expect(failures).toEqual([])
})
