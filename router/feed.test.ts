import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRouter } from './server.ts'
import { ask, askFor, createTestRoutes, httpRoute, startHttp, startTestRouter, temporaryDirectory, testLog, until } from './testing.ts'

const start = async () => {
  const one = await startHttp((_, response) => response.end('one'))
  const two = await startHttp((_, response) => response.end('two'))
  return { one, two, ...(await startTestRouter([httpRoute('hello', [one.port])])) }
}

test('changes apply at once and are reported', async () => {
  const { port, routes, two } = await start()
  expect((await ask(port, { path: '/hello' })).body).toBe('one')
  routes.push({ routes: [httpRoute('hello', [two.port]), httpRoute('more', [two.port])] })
  await until(() => routes.reports.at(-1)?.version === 2n)
  expect((await ask(port, { path: '/hello' })).body).toBe('two')
  expect((await ask(port, { path: '/more' })).body).toBe('two')
  routes.push({ removedRoutes: [{ namespace: 'bright-fox', service: 'more' }] })
  await until(async () => (await ask(port, { path: '/more' })).status === 404)
  routes.push({ removedNamespaces: ['bright-fox'] })
  await until(async () => JSON.parse((await ask(port, { path: '/hello' })).body).detail.includes('no namespace'))
})

test('a change that contradicts the table changes nothing, and all is asked for again', async () => {
  const { port, routes, two } = await start()
  routes.push({ routes: [httpRoute('other', [two.port]), httpRoute('hel-lo', [two.port])] })
  await until(() => routes.watched.length === 2)
  expect(routes.watched).toEqual([0n, 0n])
  expect((await ask(port, { path: '/other' })).status).toBe(404)
  expect((await ask(port, { path: '/hello' })).body).toBe('one')
  routes.push({ snapshot: true, namespaces: [{ id: 'ns_1', name: 'bright-fox' }], routes: [httpRoute('hel-lo', [two.port])] })
  await until(async () => (await ask(port, { path: '/hello' })).body === 'two')
})

test('the stream is taken up again by version, and the router serves on meanwhile', async () => {
  const { port, routes, two } = await start()
  routes.push({ routes: [httpRoute('more', [two.port])] })
  await until(() => routes.reports.at(-1)?.version === 2n)
  const reports = routes.reports.length
  routes.disconnect()
  expect((await ask(port, { path: '/hello' })).body).toBe('one')
  await until(() => routes.watched.length === 2)
  expect(routes.watched[1]).toBe(2n)
  // Whoever answers now may not be the one who was told before.
  await until(() => routes.reports.length > reports)
  routes.push({ removedRoutes: [{ namespace: 'bright-fox', service: 'hello' }] })
  await until(async () => (await ask(port, { path: '/hello' })).status === 404)
})

test('a draining instance gets no new request, and those in flight are reported until there are none', async () => {
  const pending: (() => void)[] = []
  const old = await startHttp((_, response) => {
    response.write('be')
    pending.push(() => response.end('gun'))
  })
  const { port, routes, two } = await start()
  routes.push({ routes: [httpRoute('slow', [old.port])] })
  await until(() => routes.reports.at(-1)?.version === 2n)
  const answers = await Promise.all([askFor(port, { path: '/slow' }), askFor(port, { path: '/slow' })])
  const instance = `slow-${old.port}`
  routes.push({ routes: [httpRoute('slow', [two.port], { draining: [instance] })] })
  await until(() => routes.reports.at(-1)?.version === 3n)
  expect(routes.reports.at(-1)?.inFlight).toMatchObject([{ instance, requests: 2 }])
  expect((await ask(port, { path: '/slow' })).body).toBe('two')
  pending.shift()?.()
  await until(() => routes.reports.at(-1)?.inFlight[0]?.requests === 1)
  pending.shift()?.()
  for (const answer of answers) answer.resume()
  await until(() => routes.reports.at(-1)?.inFlight.length === 0)
  expect(routes.reports.at(-1)?.version).toBe(3n)
})

test('a router that starts alone serves by its copy of the table', async () => {
  const { port, one, close, stateDirectory } = await start()
  expect((await ask(port, { path: '/hello' })).body).toBe('one')
  await close()
  expect(await readdir(stateDirectory)).toEqual(['routes.binpb'])
  expect((await stat(join(stateDirectory, 'routes.binpb'))).mode & 0o777).toBe(0o600)

  const routes = createTestRoutes()
  const options = { host: '127.0.0.1', port: 0, domain: 'localhost', publicUrl: 'http://localhost', trustedProxies: [], loopbackOnly: true }
  const alone = createRouter({ ...options, controlSocket: '/nowhere', consoleSocket: '/nowhere', stateDirectory, routes, log: testLog })
  const again = await alone.listen()
  expect((await ask(again.port, { path: '/hello' })).body).toBe('one')
  expect(JSON.parse((await ask(again.port, { host: 'localhost', path: '/-/readyz' })).body)).toMatchObject({ ready: false, routes: 'ok' })
  expect(routes.watched).toEqual([1n])
  await alone.close(0)
  await one.close()
})

test('a copy that is damaged is no copy', async () => {
  const stateDirectory = await temporaryDirectory()
  await writeFile(join(stateDirectory, 'routes.binpb'), 'not a table')
  const { port } = await startTestRouter([], { stateDirectory })
  expect((await ask(port)).status).toBe(200)
})

test('descriptors that cannot be read leave the rest of the table in order', async () => {
  const { port, routes, two } = await start()
  routes.push({ routes: [httpRoute('broken', [1], { protocol: 2, descriptorSet: Buffer.from('junk') }), httpRoute('fine', [two.port])] })
  await until(async () => (await ask(port, { path: '/fine' })).body === 'two')
  expect((await ask(port, { path: '/broken?x=1' })).status).toBe(501)
})
