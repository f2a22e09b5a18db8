import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'

/** Every process of a build carries this variable; its value is the build's. */
export const buildVariable = 'MICRO_BUILD'

/** Names the process that builds, so that what it leaves when it is killed is found by the next one. */
export const newBuildId = (): string => `${process.pid}-${randomUUID()}`

/** Ends processes that a build's step left running outside its process group (daemons): nothing of a build outlives it. */
export const killLeftovers = (buildId: string): Promise<void> => killBuilds((id) => id === buildId)

/** Ends what builders that are no more left running. */
export const killAbandoned = (): Promise<void> => killBuilds((id) => /^\d+-/.test(id) && !isAlive(Number.parseInt(id, 10)))

async function killBuilds(matches: (buildId: string) => boolean): Promise<void> {
  // Again until none is found: a process may have been born while the list was read.
  for (let round = 0; round < 10; round++) {
    const pids = await findProcesses(matches)
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

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function findProcesses(matches: (buildId: string) => boolean): Promise<number[]> {
  // Without /proc (not Linux) the process group is all there is.
  const names = await readdir('/proc').catch((): string[] => [])
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        // A process of someone else, or one that is gone, cannot be read: neither is ours.
        const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')
        const variable = environment.split('\0').find((entry) => entry.startsWith(`${buildVariable}=`))
        return variable !== undefined && matches(variable.slice(buildVariable.length + 1)) ? Number(name) : undefined
      }),
  )
  return found.filter((pid) => pid !== undefined)
}
