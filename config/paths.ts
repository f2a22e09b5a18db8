import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where things lie in a data directory. Pure: nothing is created. */
export type Paths = {
  data: string
  logs: string
  /** Unix sockets and process ids: of use only while something runs. */
  run: string
  controlSocket: string
  consoleSocket: string
  secretKey: string
  /** The embedded PostgreSQL: cluster, password, and the directory of its socket. */
  postgres: string
  postgresSocket: string
  /** The router's copy of the route table. */
  router: string
}

/** The kernel takes 107 bytes for a socket's path; the longest name in such a directory is PostgreSQL's `.s.PGSQL.5432.lock`. */
const longestSocketDirectory = 85

export function pathsOf(data: string): Paths {
  const run = socketDirectory(join(data, 'run'), data, 'run')
  const postgres = join(data, 'postgres')
  return {
    data,
    logs: join(data, 'logs'),
    run,
    controlSocket: join(run, 'control.sock'),
    consoleSocket: join(run, 'console.sock'),
    secretKey: join(data, 'secret-key'),
    postgres,
    postgresSocket: socketDirectory(join(postgres, 'run'), data, 'postgres'),
    router: join(data, 'router'),
  }
}

/** A short directory of this data directory's own, where the natural one is too long for a socket. */
function socketDirectory(natural: string, data: string, purpose: string): string {
  if (Buffer.byteLength(natural) <= longestSocketDirectory) return natural
  const hash = createHash('sha256').update(`${data}\0${purpose}`).digest('hex').slice(0, 20)
  return join(tmpdir(), `micro-${hash}`)
}
