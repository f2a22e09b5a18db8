import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { join } from 'node:path'
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { expect, onTestFinished, test } from 'vitest'
import { type ReportRoutesRequest, RouterService } from '../gen/proto/micro/router/v1/router_pb.ts'
import { ask, httpRoute, startHttp, temporaryDirectory, testLog, until } from '../router/testing.ts'
import { startRouter } from './router.ts'

/** A control plane as the router sees it: RouterService on a UNIX socket. */
async function startControl(path: string, port: number, reports: ReportRoutesRequest[], watched: bigint[]) {
  const authorize = (header: Headers) => {
    if (header.get('authorization') !== 'Bearer internal') throw new ConnectError('No.', Code.Unauthenticated)
  }
  const routes = (router: ConnectRouter) => {
    router.service(RouterService, {
      async *watchRoutes({ version }, { requestHeader, signal }) {
        authorize(requestHeader)
        watched.push(version)
        if (version !== 7n) {
          yield { version: 7n, snapshot: true, namespaces: [{ id: 'ns_1', name: 'bright-fox' }], routes: [httpRoute('hello', [port])] }
        }
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      },
      reportRoutes(request, { requestHeader }) {
        authorize(requestHeader)
        reports.push(request)
        return {}
      },
    })
  }
  const server = createHttp2Server(connectNodeAdapter({ routes }))
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => sessions.add(session))
  server.listen(path)
  await once(server, 'listening')
  const close = async () => {
    for (const session of sessions) session.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  return { close }
}

test('a router learns its routes from the control plane, reports, survives it and finds it again', async () => {
  const directory = await temporaryDirectory()
  const [controlSocket, consoleSocket] = ['control', 'console'].map((name) => join(directory, `${name}.sock`)) as [string, string]
  const { port } = await startHttp((_, response) => response.end('hello'))
  const console = createServer((_, response) => response.end('console'))
  console.listen(consoleSocket)
  onTestFinished(() => void console.close())
  const reports: ReportRoutesRequest[] = []
  const watched: bigint[] = []
  const settings = {
    host: '127.0.0.1',
    port: 0,
    domain: 'localhost',
    publicUrl: 'http://localhost',
    trustedProxies: [],
    loopbackOnly: true,
    controlSocket,
    consoleSocket,
    stateDirectory: join(directory, 'router'),
    routerKey: 'internal',
  }
  const { address, stop } = await startRouter(settings, testLog)
  const readiness = async () => JSON.parse((await ask(address.port, { host: 'localhost', path: '/-/readyz' })).body)
  expect(await readiness()).toMatchObject({ ready: false, routes: 'not loaded', console: 'ok' })

  const control = await startControl(controlSocket, port, reports, watched)
  await until(() => reports.some(({ version }) => version === 7n))
  expect((await ask(address.port, { path: '/hello' })).body).toBe('hello')
  await until(async () => (await readiness()).ready)

  await control.close()
  expect((await ask(address.port, { path: '/hello' })).body).toBe('hello')
  const before = reports.length
  await startControl(controlSocket, port, reports, watched)
  await until(() => watched.length === 2 && reports.length > before)
  expect(watched).toEqual([0n, 7n])
  await stop()
})
