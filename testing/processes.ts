import { readdir, readFile } from 'node:fs/promises'

/** Processes of this machine that were started as, or by, the instance: its shim, and all that has its environment. */
export async function pidsOf(instance: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  // One that ended meanwhile is not of it.
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')))
  return pids.filter((_, at) => environments[at]?.includes(`MICRO_INSTANCE=${instance}\0`))
}
