import { afterAll, beforeAll, expect, test } from 'vitest'
import { answering, type Installation, startInstallation } from './installation.ts'

let micro: Installation
beforeAll(async () => {
  micro = await startInstallation()
}, 240_000)
afterAll(() => micro?.close())

test('the ten commands work, one after the other, as the README prints them', { timeout: 120_000 }, async () => {
  await micro.ok('env', 'set', 'local')
  expect(await micro.ok('signup', '--email', 'ada@example.com', '--password', 'correct horse battery')).toContain('Your namespace is')
  await micro.ok('new', 'helloworld')
  const run = await micro.ok('run', './helloworld')
  expect(run).toContain('helloworld v1 is live')

  const status = JSON.parse(await micro.ok('status', '--json'))
  expect(status).toMatchObject([{ name: 'helloworld', version: 1, protocol: 'grpc' }])
  await expect.poll(() => micro.ok('logs', 'helloworld'), { timeout: 20_000 }).toContain('helloworld listens on port')
  expect(JSON.parse(await micro.ok('helloworld', '--name=Alice'))).toEqual({ message: 'Hello Alice' })
  expect(
    (await micro.ok('helloworld', 'stream', '--messages=3'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }])

  const namespace = (await micro.ok('user', 'namespace')).trim()
  const byHost = await micro.call(`${namespace}.localhost`, '/helloworld?name=Alice')
  expect(JSON.parse(byHost.body)).toEqual({ message: 'Hello Alice' })
  const byHeader = await micro.call('localhost', '/helloworld?name=Alice', { headers: { 'micro-namespace': namespace } })
  expect(JSON.parse(byHeader.body)).toEqual({ message: 'Hello Alice' })
})

test('what did not change is not deployed again, what did is, and a rollback brings the old one back', { timeout: 120_000 }, async () => {
  const source = await micro.source('greeter', answering('one'))
  await micro.ok('run', source)
  expect(await micro.ok('run', source)).toContain('nothing changed')
  expect(JSON.parse(await micro.ok('releases', 'greeter', '--json'))).toHaveLength(1)

  await micro.source('greeter', answering('two'))
  await micro.ok('run', source)
  const namespace = (await micro.ok('user', 'namespace')).trim()
  expect((await micro.call(`${namespace}.localhost`, '/greeter')).body).toBe('two')
  expect((await micro.call(`greeter--${namespace}.localhost`, '/')).body).toBe('two')

  await micro.ok('rollback', 'greeter')
  expect((await micro.call(`${namespace}.localhost`, '/greeter')).body).toBe('one')
})

test('logging in as admin / micro works on this loopback-only server, and a wrong password does not', async () => {
  expect(await micro.micro('login', '--username', 'admin', '--password', 'wrong')).toMatchObject({ code: 3 })
  await micro.ok('login', '--username', 'admin', '--password', 'micro')
  expect(await micro.ok('user')).toContain('admin')
  await micro.ok('logout')
  const { code, stderr } = await micro.micro('status')
  expect(code).toBe(3)
  expect(stderr).toContain('micro login')
})
