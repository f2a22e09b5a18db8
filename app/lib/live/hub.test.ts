import { createServer, type Server, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { OperationResult } from 'graphql-sse'
import { createHandler } from 'graphql-sse/lib/use/http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Hub, type Port } from './hub.ts'
import type { FromHub, ToHub } from './messages.ts'

/** The very module that graphql-sse loads: the test runner would take the other of the package's two. */
const { buildSchema, subscribe } = createRequire(import.meta.url)('graphql') as typeof import('graphql')
const schema = buildSchema('type Query { ok: Boolean } type Subscription { count(from: Int!): Int! }')
const times = { firstDelayMs: 5, longestDelayMs: 20, goodAfterMs: 1_000, lingerMs: 5 }
const count = 'subscription ($from: Int!) { count(from: $from) }'

let server: Server
let endpoint: string
let loggedIn: boolean
/** Open event streams, and operations that the server works on. */
const streams = new Set<ServerResponse>()
let operations: Set<symbol>

beforeEach(async () => {
  loggedIn = true
  operations = new Set()
  const handler = createHandler({
    schema,
    authenticate,
    subscribe: (args) => subscribe({ ...args, rootValue: { count: counter } }) as OperationResult,
  })
  server = createServer((request, response) => {
    if (request.method === 'GET') {
      streams.add(response)
      response.on('close', () => streams.delete(response))
    }
    void handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql/stream`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

test('pages share one connection, and each gets the results of its own subscriptions', async () => {
  const hub = new Hub(endpoint, times)
  const [one, two] = [page(hub), page(hub)]
  await one.status('open')
  await two.status('open')
  one.send({ type: 'subscribe', id: 'a', document: count, variables: { from: 10 } })
  two.send({ type: 'subscribe', id: 'a', document: count, variables: { from: 20 } })
  await expect.poll(() => one.data('a')).toEqual([10])
  await expect.poll(() => two.data('a')).toEqual([20])
  expect(streams.size).toBe(1)
})

test('a lost connection is told and made again', async () => {
  const one = page(new Hub(endpoint, times))
  await one.status('open')
  for (const stream of streams) stream.destroy()
  await one.status('reconnecting')
  await one.status('open')
  one.send({ type: 'subscribe', id: 'b', document: count, variables: { from: 1 } })
  await expect.poll(() => one.data('b')).toEqual([1])
})

test('whoever is not logged in is told so, and nobody tries again until a page joins', async () => {
  loggedIn = false
  const hub = new Hub(endpoint, times)
  const one = page(hub)
  await one.status('unauthenticated')
  loggedIn = true
  await page(hub).status('open')
})

test('an operation that the server refuses fails by itself, and the connection stays', async () => {
  const one = page(new Hub(endpoint, times))
  await one.status('open')
  one.send({ type: 'subscribe', id: 'bad', document: 'subscription { nonsense }', variables: {} })
  await expect.poll(() => one.errors('bad')).toHaveLength(1)
  one.send({ type: 'subscribe', id: 'good', document: count, variables: { from: 5 } })
  await expect.poll(() => one.data('good')).toEqual([5])
  expect(streams.size).toBe(1)
})

test('what a page that leaves had subscribed to is stopped, and with the last page the connection ends', async () => {
  const hub = new Hub(endpoint, times)
  const [one, two] = [page(hub), page(hub)]
  await one.status('open')
  await two.status('open')
  one.send({ type: 'subscribe', id: 'a', document: count, variables: { from: 1 } })
  await expect.poll(() => operations.size).toBe(1)
  one.send({ type: 'leave' })
  await expect.poll(() => operations.size).toBe(0)
  expect(streams.size).toBe(1)
  two.send({ type: 'leave' })
  await expect.poll(() => streams.size).toBe(0)
  two.send({ type: 'join' })
  await expect.poll(() => streams.size).toBe(1)
})

/** One side of a MessagePort, as the hub sees it, and what a page would have got. */
function page(hub: Hub) {
  const got: FromHub[] = []
  const port: Port = { postMessage: (message) => got.push(structuredClone(message)), onmessage: null }
  let seen = 0
  hub.attach(port)
  const payloads = (id: string) => got.flatMap((message) => (message.type === 'next' && message.id === id ? [message.payload] : []))
  return {
    send: (data: ToHub) => port.onmessage?.({ data }),
    data: (id: string) => payloads(id).map(({ data }) => (data as { count: number }).count),
    errors: (id: string) => payloads(id).flatMap(({ errors = [] }) => errors),
    /** Waits for a status that was not waited for before. */
    status: (status: string) =>
      vi.waitFor(() => {
        const at = got.findIndex((message, index) => index >= seen && message.type === 'status' && message.status === status)
        expect(at, `${status} among ${JSON.stringify(got.slice(seen))}`).not.toBe(-1)
        seen = at + 1
      }),
  }
}

function authenticate({ method, headers }: { method: string; headers: { get(name: string): string | null | undefined } }) {
  if (!loggedIn) return [null, { status: 401, statusText: 'Unauthorized' }] as const
  return headers.get('x-graphql-event-stream-token') ?? (method === 'PUT' ? crypto.randomUUID() : '')
}

/** Gives one number, then waits until it is stopped. */
function counter({ from }: { from: number }): AsyncIterableIterator<{ count: number }> {
  // Those of an earlier test may still be ending.
  const working = operations
  const id = Symbol('operation')
  working.add(id)
  let given = false
  let stop: () => void = () => {}
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      if (given) await stopped
      if (given) return { done: true, value: undefined }
      given = true
      return { done: false, value: { count: from } }
    },
    async return() {
      working.delete(id)
      stop()
      return { done: true, value: undefined }
    },
  }
}
