import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { waitFor } from '../testing/wait-for.ts'
import { startLoad } from './load.ts'

/** A server whose answers go through the list, again and again; `cut` ends the connection instead. */
async function server(answers: readonly ('ok' | 'error' | 'other' | 'cut')[]) {
  let requests = 0
  let connections = 0
  const http = createServer((request, response) => {
    const answer = answers[requests++ % answers.length]
    if (answer === 'cut') request.socket.destroy()
    else response.writeHead(answer === 'error' ? 503 : 200).end(answer)
  })
  http.on('connection', () => connections++)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => void http.close())
  return { port: (http.address() as AddressInfo).port, requests: () => requests, connections: () => connections }
}

test('every answer but the expected one is a failure, of its own kind', async () => {
  const { port, requests } = await server(['ok', 'error', 'ok', 'other', 'cut'])
  const load = startLoad({ port }, 200, (body) => body === 'ok')
  await waitFor('enough requests', () => requests() >= 50)
  const { sent, failed, failures } = await load.stop()
  expect(Object.keys(failures).sort()).toEqual(['503: error', 'ECONNRESET', 'unexpected body: other'])
  expect(failed / sent).toBeCloseTo(3 / 5, 1)
})

test('connections are kept', async () => {
  const { port, requests, connections } = await server(['ok'])
  const load = startLoad({ port }, 200, (body) => body === 'ok')
  await waitFor('enough requests', () => requests() >= 60)
  const { sent, failed, latenciesMs } = await load.stop()
  expect(failed).toBe(0)
  expect(latenciesMs).toHaveLength(sent)
  expect(connections()).toBeLessThan(sent / 2)
})
