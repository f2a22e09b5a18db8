import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Paths } from '../config/paths.ts'
import { PlatformError } from '../lib/errors.ts'
import { diskFull, ensurePrivateDirectory } from './directories.ts'
import { end, identify, type ProcessIdentity, signalProcess } from './identity.ts'
import { accountForPostgres, requireReachable } from './postgres/account.ts'
import { postgresBinaries } from './postgres/binaries.ts'
import { type Cluster, ensureCluster, environment, role, saysDiskFull } from './postgres/cluster.ts'

type PostgresPaths = Pick<Paths, 'postgres' | 'postgresSocket'>
type ServerParameters = Readonly<Record<string, string>>

export type Postgres = {
  /** For libpq-style clients: over a Unix socket, as the owner of the platform's database (which may not exist yet). */
  url: string
  pid: number
  /** Resolves when PostgreSQL has ended, for whatever reason, with how it did. */
  exited: Promise<string>
  /** Ends all connections, writes a checkpoint and stops; the hard way when patience aborts. */
  stop(patience: AbortSignal): Promise<void>
}

/**
 * Starts the embedded PostgreSQL of a data directory, creating it first if need be. One that an earlier start left running is stopped
 * in good order. It listens on a Unix socket only, and outlives a supervisor that is killed.
 *
 * @param onLine gets each line that PostgreSQL logs
 * @param settings of PostgreSQL, over ours
 */
export async function startPostgres(
  paths: PostgresPaths,
  onLine: (line: string) => void,
  settings: ServerParameters = {},
): Promise<Postgres> {
  const account = await accountForPostgres()
  await ensurePrivateDirectory(paths.postgres, account)
  await ensurePrivateDirectory(paths.postgresSocket, account)
  await requireReachable(paths.postgres, account)
  const binaries = await postgresBinaries(account, paths.postgres)
  const cluster = await ensureCluster(paths.postgres, binaries, account)
  await stopLeftOver(paths)
  const child = spawn(binaries.postgres, serverArguments(cluster.directory, paths.postgresSocket, settings), {
    ...account,
    cwd: '/',
    env: environment,
    // Its own process group: a Ctrl-C in the terminal is for the supervisor, which stops it last.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line)
    if (lines.length > 5) lines.shift()
    onLine(line)
  })
  const exited = exitOf(child)
  const pid = await ready(child, cluster, exited, lines)
  return { url: urlOf(cluster, paths), pid, exited, stop: (patience) => stop(child, exited, patience) }
}

/** The address of the embedded database of a data directory where one runs: for a part of the server that is started alone. */
export async function runningPostgres(paths: PostgresPaths): Promise<string | undefined> {
  const directory = join(paths.postgres, 'data')
  if (!(await leftOver(directory))) return undefined
  const password = await readFile(join(paths.postgres, 'password'), 'utf8')
  return urlOf({ directory, password: password.trim() }, paths)
}

function urlOf({ password }: Cluster, paths: PostgresPaths): string {
  return `postgresql://${role}:${password}@localhost/${role}?host=${encodeURIComponent(paths.postgresSocket)}`
}

/** Little memory and few processes: this PostgreSQL serves one platform on a small machine. */
function serverArguments(directory: string, socketDirectory: string, settings: ServerParameters): string[] {
  const parameters: ServerParameters = {
    listen_addresses: '',
    unix_socket_directories: socketDirectory,
    shared_buffers: '24MB',
    max_connections: '60',
    jit: 'off',
    io_method: 'sync',
    autovacuum_worker_slots: '2',
    autovacuum_max_workers: '1',
    max_worker_processes: '2',
    max_parallel_workers_per_gather: '0',
    max_logical_replication_workers: '0',
    max_wal_senders: '0',
    wal_level: 'minimal',
    min_wal_size: '32MB',
    max_wal_size: '256MB',
    maintenance_work_mem: '32MB',
    ...settings,
  }
  return ['-D', directory, ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Line 8 of postmaster.pid says `ready` once connections are accepted; line 1 is the process. */
async function ready(child: ChildProcess, cluster: Cluster, exited: Promise<string>, lines: readonly string[]): Promise<number> {
  let ended: string | undefined
  exited.then((how) => {
    ended = how
  })
  for (;;) {
    const [pid, status] = await postmaster(cluster.directory)
    if (pid !== undefined && pid === child.pid && status === 'ready') return pid
    if (ended !== undefined) throw startError(ended, lines, cluster.directory)
    await pause(10)
  }
}

async function postmaster(directory: string): Promise<[pid: number | undefined, status: string | undefined]> {
  const text = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(() => '') // not running
  const lines = text.split('\n')
  return [Number(lines[0]) || undefined, lines[7]?.trim()]
}

function startError(how: string, lines: readonly string[], directory: string): PlatformError {
  if (saysDiskFull(lines.join('\n'))) return diskFull(directory)
  const reason = lines.findLast((line) => line.includes('FATAL')) ?? lines.at(-1) ?? how
  return new PlatformError('unavailable', `PostgreSQL did not start: ${reason.replace(/^.*FATAL:\s*/, '')}`)
}

/** What a supervisor that was killed has left: the cluster is in order, but nobody would restart or stop it. */
export async function stopLeftOver(paths: PostgresPaths): Promise<void> {
  const found = await leftOver(join(paths.postgres, 'data'))
  if (!found) return
  if (await end(found, 'SIGINT', 20_000)) return
  await end(found, 'SIGQUIT', 5_000)
}

async function leftOver(directory: string): Promise<ProcessIdentity | undefined> {
  const [pid] = await postmaster(directory)
  const found = pid === undefined ? undefined : await identify(pid)
  if (!found) return undefined
  // After a restart of the machine the number may be anybody's.
  const command = await readFile(`/proc/${found.pid}/cmdline`, 'utf8').catch(() => directory) // no /proc: believe the file
  return command.includes(directory) ? found : undefined
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
}

async function stop(child: ChildProcess, exited: Promise<string>, patience: AbortSignal): Promise<void> {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  // Immediate shutdown leaves the write-ahead log to be replayed at the next start.
  const hurry = () => signalProcess(pid, 'SIGQUIT')
  if (patience.aborted) hurry()
  else signalProcess(pid, 'SIGINT')
  patience.addEventListener('abort', hurry)
  await exited
  patience.removeEventListener('abort', hurry)
}
