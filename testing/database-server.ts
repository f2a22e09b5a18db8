import { chmodSync, mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { pathsOf } from '../config/paths.ts'
import { bringUpToDate, requireDatabase } from '../processes/database.ts'
import { identify } from '../processes/identity.ts'
import { type Postgres, startPostgres, stopLeftOver } from '../processes/postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    testDatabaseSocket: string
  }
}

export type ServerAnswer = { url: string; template: string } | { error: string }

const prefix = 'micro-test-postgres-'

/** Vitest's global set-up: answers, on a Unix socket, where PostgreSQL is; starts it when first asked, so that other runs don't pay. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandoned()
  const directory = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
  // PostgreSQL is another user when we are root.
  chmodSync(directory, 0o711)
  let starting: Promise<{ postgres: Postgres; template: string }> | undefined
  const server = createServer((socket) => {
    starting ??= startWithTemplate(directory)
    starting.then(
      ({ postgres, template }) => socket.end(JSON.stringify({ url: postgres.url, template } satisfies ServerAnswer)),
      (error) => socket.end(JSON.stringify({ error: String(error) } satisfies ServerAnswer)),
    )
  })
  const socket = join(directory, 'ask.sock')
  await listen(server, socket)
  project.provide('testDatabaseSocket', socket)

  return async () => {
    server.close()
    const started = await starting?.catch(() => undefined) // told to whoever asked
    await started?.postgres.stop(AbortSignal.timeout(5_000))
    await rm(directory, { recursive: true, force: true })
  }
}

/** Nothing in it has to survive the machine, so nothing is flushed. */
const volatile = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200', max_wal_size: '1GB' }

async function startWithTemplate(directory: string): Promise<{ postgres: Postgres; template: string }> {
  const postgres = await startPostgres(pathsOf(directory), () => undefined, volatile)
  const template = new URL(postgres.url)
  template.pathname = '/migrated'
  await requireDatabase(postgres.url, { create: true })
  await bringUpToDate(template.toString(), { create: true })
  return { postgres, template: 'migrated' }
}

/** What runs that were killed have left: their directory's name says which process they were. */
async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : 0
    if (!pid || (await identify(pid))) continue
    const directory = join(tmpdir(), name)
    await stopLeftOver(pathsOf(directory))
    await rm(directory, { recursive: true, force: true })
  }
}

function listen(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
}
