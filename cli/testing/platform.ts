import { once } from 'node:events'
import { createServer as createHttp1 } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { accountRoutes } from './account-routes.ts'
import { envVarRoutes } from './env-var-routes.ts'
import { everythingRoutes } from './everything-routes.ts'
import { registryRoutes } from './registry-routes.ts'
import { runRoutes } from './run-routes.ts'
import { runtimeRoutes } from './runtime-routes.ts'
import { createState, type FakePlatform } from './state.ts'

export async function startFakePlatform(descriptors: Uint8Array): Promise<FakePlatform> {
  const state = createState(descriptors)
  const h2 = createHttp2(
    connectNodeAdapter({
      routes: (router) => {
        for (const add of [accountRoutes, registryRoutes, runtimeRoutes, envVarRoutes, runRoutes, everythingRoutes]) add(router, state)
      },
    }),
  )
  const h1 = createHttp1((request, response) => state.fake.http(request, response))
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined) // a CLI that was interrupted resets its connection
    socket.once('readable', () => {
      const first: Buffer | null = socket.read()
      if (first === null) return
      socket.unshift(first)
      ;(first.toString('latin1').startsWith('PRI') ? h2 : h1).emit('connection', socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return Object.assign(state.fake, {
    address: `127.0.0.1:${port}`,
    cutConnections() {
      for (const socket of sockets) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}
