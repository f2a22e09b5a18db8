import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { newId } from '../../lib/ids.ts'
import { createLog } from '../../lib/log.ts'
import type { InstanceSpec, LogLine, Runtime } from '../runtime.ts'
import { createProcessRuntime, type ProcessRuntimeOptions } from './driver.ts'
import { tenantUser, type User } from './user.ts'

/** For tests: a directory for a driver and its artifacts. */
export type Place = {
  directory: string
  user: User | undefined
  open(changes?: Partial<ProcessRuntimeOptions>): Promise<Runtime>
  artifact(files: Readonly<Record<string, string>>): Promise<Extract<InstanceSpec['artifact'], { kind: 'directory' }>>
  spec(changes: Partial<InstanceSpec>): Promise<InstanceSpec>
  /** Removes all instances that a driver opened here left. */
  dispose(): Promise<void>
}

export const instancePath = `${dirname(process.execPath)}:/usr/bin:/bin`

export async function createPlace(): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'micro-runtime-'))
  // mkdtemp lets nobody else in, but the instances' user must reach what is below.
  await chmod(root, 0o755)
  const user = await tenantUser()
  const directory = join(root, 'instances')
  let artifacts = 0
  let last: Runtime | undefined
  const place: Place = {
    directory,
    user,
    async open(changes) {
      last = await createProcessRuntime({
        directory,
        path: instancePath,
        log: createLog('test', 'silent'),
        ...(user ? { user } : {}),
        ...changes,
      })
      return last
    },
    async artifact(files) {
      const path = join(root, `artifact-${artifacts++}`)
      await mkdir(path)
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true })
        await writeFile(join(path, name), content)
      }
      return { kind: 'directory', path }
    },
    async spec(changes) {
      return {
        id: newId('ins'),
        namespace: 'acme',
        service: 'helloworld',
        release: 1,
        artifact: changes.artifact ?? (await place.artifact({})),
        command: 'exec sleep 60',
        env: {},
        limits: { memoryBytes: 256 * 1024 * 1024, cpus: 1, processes: 64 },
        restart: 'never',
        ...changes,
      }
    },
    async dispose() {
      await last?.close()
      const cleaner = await place.open()
      await Promise.all((await cleaner.list()).map(({ id }) => cleaner.remove(id, { graceMs: 0 })))
      await cleaner.close()
      await rm(root, { recursive: true, force: true })
    },
  }
  return place
}

/** A zombie that nobody has reaped yet is not. */
export async function isRunning(pid: number | string | undefined): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
  return !/\) [ZX]/.test(stat)
}

/** The texts of an instance's output until there are enough lines. */
export async function readTexts(runtime: Runtime, id: string, enough: (texts: string[]) => boolean): Promise<string[]> {
  const lines: LogLine[] = []
  for await (const line of runtime.logs(id, { signal: AbortSignal.timeout(20_000) })) {
    lines.push(line)
    if (enough(lines.map(({ text }) => text))) break
  }
  return lines.map(({ text }) => text)
}
