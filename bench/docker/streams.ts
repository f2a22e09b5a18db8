import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { addressOf } from '../deploy.ts'
import { type Figure, median } from '../figure.ts'
import type { Installation } from '../installation.ts'
import { startLoad } from '../load.ts'
import { createService } from '../service.ts'

const name = 'under-load'
const perSecond = 200
const connections = 20
/** Below the drain time of 30 s: each ends by itself before its instance has to go. */
const streamMs = 4_000

/** Deploys one after the other, of a service that is called all the time and has streams and WebSockets open. */
export async function measureStreams(installation: Installation, deploys: number): Promise<Figure[]> {
  const service = await createService(installation.scratch, name)
  const write = (version: string) => writeFile(join(service.directory, 'src/server.ts'), server(version))
  await write('0')
  await installation.micro(['run', service.directory])
  const written = new Set(['0'])
  const load = startLoad(addressOf(installation, name), perSecond, (body) => written.has(body))
  const streams = startStreams(installation)
  try {
    for (let number = 1; number <= deploys; number++) {
      written.add(String(number))
      await write(String(number))
      await installation.micro(['run', service.directory])
    }
  } finally {
    await service.remove()
  }
  const { ended, cut, problems } = await streams.stop()
  const { sent, failed, failures, latenciesMs } = await load.stop()
  for (const [problem, times] of Object.entries({ ...failures, ...problems })) console.error(`  ${times} × ${problem}`)
  return [
    {
      name: `containers: failed requests during ${deploys} deploys at ${perSecond} requests/s`,
      unit: 'requests',
      goal: 0,
      samples: [failed],
    },
    { name: '— requests sent', unit: 'requests', samples: [sent] },
    { name: '— their latency', unit: 'ms', samples: [median(latenciesMs)] },
    {
      name: `— of ${connections} streams and WebSockets open all the time: cut before their end`,
      unit: 'requests',
      goal: 0,
      samples: [cut],
    },
    { name: '— ended as they should', unit: 'requests', samples: [ended] },
  ]
}

function startStreams({ port, namespace }: Installation) {
  const problems: Record<string, number> = {}
  let [ended, cut, running] = [0, 0, true]
  const host = `${namespace}.localhost:${port}`
  const one = async (open: () => Promise<string | undefined>) => {
    while (running) {
      const problem = await open()
      if (problem === undefined) ended++
      else {
        cut++
        problems[problem] = (problems[problem] ?? 0) + 1
      }
    }
  }
  const all = Array.from({ length: connections }, (_, i) => one(i % 2 === 0 ? () => stream(port, host) : () => webSocket(port, host)))
  return {
    async stop() {
      running = false
      await Promise.all(all)
      return { ended, cut, problems }
    },
  }
}

/** A chunk every 100 ms, and `end` as the last one. */
function stream(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path: `/${name}/stream`, headers: { host }, agent: false }, (answer) => {
      let last = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        last = chunk
      })
      answer.on('end', () => resolve(last.endsWith('end\n') ? undefined : 'a stream ended too soon'))
      answer.on('error', (error) => resolve(`stream: ${error.message}`))
    })
    call.on('error', (error) => resolve(`stream: ${error.message}`))
    call.end()
  })
}

function webSocket(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${name}/socket`, { headers: { host } })
    let done = false
    socket.once('open', () =>
      setTimeout(() => {
        done = true
        socket.close()
      }, streamMs),
    )
    socket.once('close', (code) => resolve(done ? undefined : `a WebSocket was closed with ${code}`))
    socket.once('error', (error) => resolve(`WebSocket: ${error.message}`))
  })
}

/** Of the example, with a stream and a WebSocket (RFC 6455) beside the plain answer; ends when all of them have. */
const server = (version: string) => `import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

export function startServer(port: number): Promise<{ port: number; stop(): void }> {
  const server = createServer((request, response) => {
    if (request.url !== '/stream') return response.end(${JSON.stringify(version)})
    const timer = setInterval(() => response.write('tick\\n'), 100)
    setTimeout(() => (clearInterval(timer), response.end('end\\n')), ${streamMs})
  })
  server.on('upgrade', (request, socket) => {
    const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
    const accept = createHash('sha1').update(key).digest('base64')
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n')
    const timer = setInterval(() => socket.write(Buffer.from([0x81, 4, 0x74, 0x69, 0x63, 0x6b])), 100)
    socket.on('error', () => {})
    socket.on('data', (data) => (data[0] === 0x88 ? socket.end(Buffer.from([0x88, 0])) : undefined))
    socket.on('close', () => clearInterval(timer))
  })
  const { promise, resolve } = Promise.withResolvers<{ port: number; stop(): void }>()
  server.listen(port, () => resolve({ port, stop: () => server.close() }))
  return promise
}
`
