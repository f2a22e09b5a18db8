import { readFileSync } from 'node:fs'
import type { InstanceStats } from '../runtime.ts'

/** Units of /proc/PID/stat on every Linux that Node runs on: sysconf(_SC_CLK_TCK) and the page size of x64. */
const tickMs = 10
const pageBytes = 4096

/** What these processes use together. What ended among them before is not counted. */
export function usageOf(pids: readonly number[]): InstanceStats {
  const rows = pids.flatMap((pid) => usageOfProcess(pid) ?? [])
  const sum = (value: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + value(row), 0)
  return { at: new Date(), cpuMs: sum(({ cpuMs }) => cpuMs), memoryBytes: sum(({ memoryBytes }) => memoryBytes), processes: rows.length }
}

/** proc_pid_stat(5): utime, stime and those of waited-for children are fields 14 to 17, rss is 24. */
function usageOfProcess(pid: number): { cpuMs: number; memoryBytes: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { cpuMs: ticks * tickMs, memoryBytes: Number(fields[21]) * pageBytes }
  } catch {
    return undefined // It ended meanwhile.
  }
}
