import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createClient } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import { Helloworld } from './pb/helloworld_pb.ts'
import { startServer } from './server.ts'

const server = await startServer(0)
after(() => server.stop())
const client = createClient(Helloworld, createGrpcTransport({ baseUrl: `http://127.0.0.1:${server.port}` }))

test('call greets by name', async () => {
  const response = await client.call({ name: 'Alice' })
  assert.equal(response.message, 'Hello Alice')
})

test('call greets the world when no name is given', async () => {
  const response = await client.call({})
  assert.equal(response.message, 'Hello World')
})

test('stream counts up from one', async () => {
  const counts: number[] = []
  for await (const response of client.stream({ messages: 3 })) counts.push(response.count)
  assert.deepEqual(counts, [1, 2, 3])
})
