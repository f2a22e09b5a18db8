import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Stands between a test and its PostgreSQL, so that it can be away. */
export type DatabaseProxy = {
  url: string
  /** How often somebody connected, in vain or not. */
  connections(): number
  /** Breaks all connections, and lets nobody in until `restore`. */
  cut(): void
  restore(): void
  /** Breaks the next connection over which this is asked. */
  cutAt(text: string): void
  close(): Promise<void>
}

const file = '.s.PGSQL.5432'

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const directory = await mkdtemp(join(tmpdir(), 'micro-proxy-'))
  const url = new URL(databaseUrl)
  const target = join(url.searchParams.get('host') ?? '', file)
  url.searchParams.set('host', directory)
  const open = new Set<Socket>()
  let connections = 0
  let away = false
  let trap: string | undefined
  const destroyAll = () => {
    for (const socket of open) socket.destroy()
  }
  const server = createServer((client) => {
    connections += 1
    if (away) return client.destroy()
    const upstream = connect(target)
    const pair = [client, upstream]
    const end = () => pair.forEach((socket) => void socket.destroy())
    for (const socket of pair) {
      open.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        open.delete(socket)
        end()
      })
    }
    client.on('data', (bytes) => {
      if (trap !== undefined && bytes.includes(trap)) {
        trap = undefined
        return end()
      }
      upstream.write(bytes)
    })
    upstream.pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(join(directory, file), resolve))
  return {
    url: url.toString(),
    connections: () => connections,
    cut() {
      away = true
      destroyAll()
    },
    restore() {
      away = false
    },
    cutAt(text) {
      trap = text
    },
    async close() {
      server.close()
      destroyAll()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
