import { readdir, readFile } from 'node:fs/promises'

/** Every process of a build carries this variable; its value is the build's. */
export const buildVariable = 'MICRO_BUILD'

/** Ends processes that a build's step left running outside its process group (daemons): nothing of a build outlives it. */
export async function killLeftovers(buildId: string): Promise<void> {
  const marker = `${buildVariable}=${buildId}`
  // Again until none is found: a process may have been born while the list was read.
  for (let round = 0; round < 10; round++) {
    const pids = await carrying(marker)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself.
      }
    }
  }
}

async function carrying(marker: string): Promise<number[]> {
  // Without /proc (not Linux) the process group is all there is.
  const names = await readdir('/proc').catch((): string[] => [])
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        // A process of someone else, or one that is gone, cannot be read: neither is ours.
        const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')
        return environment.split('\0').includes(marker) ? Number(name) : undefined
      }),
  )
  return found.filter((pid) => pid !== undefined)
}
