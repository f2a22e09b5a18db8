import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startServer } from './server.ts'

const server = await startServer(0)
after(() => server.stop())
const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`)

test('it greets by name', async () => {
  const response = await get('/?name=Alice')
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), { message: 'Hello Alice' })
})

test('it greets the world when no name is given', async () => {
  const response = await get('/')
  assert.deepEqual(await response.json(), { message: 'Hello World' })
})

test('it says that it is well', async () => {
  const response = await get('/health')
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), { status: 'ok' })
})

test('it has nothing elsewhere', async () => {
  const response = await get('/nowhere')
  assert.equal(response.status, 404)
  assert.deepEqual(await response.json(), { error: 'Nothing is at /nowhere.' })
})
