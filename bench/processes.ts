import { readdir, readFile, readlink } from 'node:fs/promises'

export type InstallationProcess = Memory & { pid: number; title: string; kind: 'platform' | 'shim' | 'tenant' }

/** What a process has for itself, and its share of what it has with others; `ownKb` without pages of files, such as programs. */
type Memory = { pssKb: number; ownKb: number }

/** Every process that has to do with a data directory: by its command line, its environment or its working directory. */
export async function processesOf(data: string): Promise<InstallationProcess[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid)
  const found = await Promise.all(pids.map((pid) => read(pid, data).catch(() => undefined))) // it has ended meanwhile
  return found.filter((process) => process !== undefined)
}

async function read(pid: number, data: string): Promise<InstallationProcess | undefined> {
  const [cmdline, environ, cwd] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''), // of another user, when we are not root
    readlink(`/proc/${pid}/cwd`).catch(() => ''), // likewise
  ])
  if (![cmdline, environ, cwd].some((text) => text.includes(data))) return undefined
  const title = cmdline.replaceAll('\0', ' ').trim()
  // npm is not ours; the one that `npm start` leaves standing only waits.
  if (/^npm |(^|\/)npm(-cli\.js)? /.test(title)) return undefined
  const kind = cmdline.includes('/instances/shim.sh') ? 'shim' : environ.includes('MICRO_INSTANCE=') ? 'tenant' : 'platform'
  return { pid, title, kind, ...(await memoryOf(pid)) }
}

async function memoryOf(pid: number): Promise<Memory> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const kilobytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(rollup)?.[1])
  return { pssKb: kilobytes('Pss'), ownKb: kilobytes('Pss') - kilobytes('Pss_File') }
}

export function megabytes(
  processes: readonly InstallationProcess[],
  kind: InstallationProcess['kind'],
  memory: keyof Memory = 'pssKb',
): number {
  return processes.filter((process) => process.kind === kind).reduce((sum, process) => sum + process[memory], 0) / 1024
}
