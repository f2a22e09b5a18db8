import { access, chmod, copyFile, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PlatformError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { removeTree } from '../../lib/remove-tree.ts'
import { Feed } from '../feed.ts'
import { acquireLock } from '../lock.ts'
import type { Address, Capabilities, Instance, InstanceSpec, InstanceStats, LogLine, Runtime } from '../runtime.ts'
import { requireSpec } from '../spec.ts'
import { folderOf } from './folder.ts'
import { type Host, SupervisedInstance } from './instance.ts'
import { listeningAddresses } from './listening.ts'
import { defaultOutputLimits, type OutputLimits } from './output.ts'
import { Ports } from './port.ts'
import { readRecord } from './record.ts'
import { killAll } from './signals.ts'
import { Spec } from './spec.ts'
import { usageOf } from './usage.ts'
import type { User } from './user.ts'

export type ProcessRuntimeOptions = {
  /** Where the instances' state lives: one folder each. The instances' user must be able to traverse the directories above it. */
  directory: string
  /** PATH of the instances: where `node`, `python3` and so on are found. */
  path: string
  log: Log
  /** Who runs tenants' code when the platform is root: see `tenantUser`. Absent: the platform's own user. */
  user?: User
  output?: OutputLimits
}

const lookEveryMs = 5000

/**
 * Runs instances as processes of this machine. They outlive the platform: the next process that calls this finds and adopts them.
 * @throws PlatformError `failed_precondition` when another process has the directory, or the machine is no Linux
 */
export async function createProcessRuntime(options: ProcessRuntimeOptions): Promise<Runtime> {
  const { directory, user, path, log } = options
  await requireProc()
  await mkdir(directory, { recursive: true })
  await chmod(directory, 0o711)
  const release = await acquireLock(join(directory, 'lock'))
  try {
    const feed = new Feed()
    const runtime = new ProcessRuntime(
      {
        directory,
        user,
        path,
        log,
        shim: await installShim(directory),
        setpriv: await findSetpriv(),
        output: options.output ?? defaultOutputLimits,
        publish: (instance) => feed.publish(instance),
        ports: new Ports(),
      },
      feed,
      release,
    )
    await runtime.adopt()
    return runtime
  } catch (error) {
    await release()
    throw error
  }
}

class ProcessRuntime implements Runtime {
  readonly capabilities: Capabilities = { driver: 'process', artifact: 'directory', isolation: false }
  readonly #host: Host
  readonly #feed: Feed
  readonly #release: () => Promise<void>
  readonly #instances = new Map<string, SupervisedInstance>()
  readonly #timer: NodeJS.Timeout
  #closing: Promise<void> | undefined

  constructor(host: Host, feed: Feed, release: () => Promise<void>) {
    this.#host = host
    this.#feed = feed
    this.#release = release
    this.#timer = setInterval(() => {
      for (const instance of this.#instances.values()) void instance.check()
    }, lookEveryMs).unref()
  }

  async adopt(): Promise<void> {
    const entries = await readdir(this.#host.directory, { withFileTypes: true })
    const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    await Promise.all(ids.map((id) => this.#adoptOne(id)))
  }

  async apply(spec: InstanceSpec): Promise<Instance> {
    const valid = requireSpec(Spec, spec)
    const existing = this.#instances.get(valid.id)
    if (existing?.removal) {
      await existing.removal
      return this.apply(spec)
    }
    const instance =
      existing ??
      this.#add(
        new SupervisedInstance(this.#host, { spec: valid, restarts: 0, failures: 0, phase: { state: 'starting' }, removing: false }),
        valid.id,
      )
    try {
      await (existing ? existing.setRestart(valid.restart) : instance.start())
    } catch (error) {
      if (!existing) await this.remove(valid.id, { graceMs: 0 })
      throw diskFull(error)
    }
    if (!instance.view) throw new PlatformError('aborted', 'The instance was removed while it was started.', { reason: 'INSTANCE_REMOVED' })
    return instance.view
  }

  async remove(id: string, { graceMs }: { graceMs: number }): Promise<void> {
    const instance = this.#instances.get(id)
    if (!instance) return
    await instance.remove(graceMs)
    if (this.#instances.get(id) === instance) this.#instances.delete(id)
  }

  async list(): Promise<Instance[]> {
    return [...this.#instances.values()].flatMap(({ view }) => view ?? [])
  }

  async *logs(id: string, { signal, after }: { signal: AbortSignal; after?: string }): AsyncGenerator<LogLine> {
    const { output } = this.#require(id)
    if (after !== undefined && !/^\d{1,15}$/.test(after)) {
      throw new PlatformError('invalid_argument', 'That is not a position in the output of an instance.', {
        reason: 'CURSOR_INVALID',
        field: 'after',
      })
    }
    await output.refresh()
    yield* output.lines({ after: Number(after ?? 0), signal })
  }

  watch({ signal }: { signal: AbortSignal }): AsyncGenerator<Instance> {
    return this.#feed.watch(
      [...this.#instances.values()].flatMap(({ view }) => view ?? []),
      signal,
    )
  }

  async listening(id: string): Promise<Address[]> {
    return listeningAddresses(this.#require(id).processes())
  }

  async stats(id: string): Promise<InstanceStats | undefined> {
    const instance = this.#require(id)
    return instance.view?.state === 'running' ? usageOf(instance.processes()) : undefined
  }

  async pause(id: string): Promise<void> {
    this.#require(id).pause()
  }

  async resume(id: string): Promise<void> {
    this.#require(id).resume()
  }

  close(): Promise<void> {
    this.#closing ??= this.#letGo()
    return this.#closing
  }

  async #letGo(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([...this.#instances.values()].map((instance) => instance.close()))
    this.#feed.close()
    await this.#release()
  }

  async #adoptOne(id: string): Promise<void> {
    const folder = folderOf(this.#host.directory, id)
    const record = readRecord(folder.record)
    if (!record || record.spec.id !== id) {
      // Never started, or its record was lost with the machine's power.
      await killAll({ id })
      await removeTree(folder.path)
      return
    }
    const instance = this.#add(new SupervisedInstance(this.#host, record), id)
    // One that makes trouble does not keep the platform from starting.
    await instance.adopt().catch((err: unknown) => this.#host.log.error({ err, instance: id }, 'an instance could not be adopted'))
    if (instance.removal) this.#instances.delete(id)
  }

  #add(instance: SupervisedInstance, id: string): SupervisedInstance {
    this.#instances.set(id, instance)
    return instance
  }

  #require(id: string): SupervisedInstance {
    const instance = this.#instances.get(id)
    if (!instance) throw new PlatformError('not_found', 'There is no such instance.', { reason: 'INSTANCE_NOT_FOUND' })
    return instance
  }
}

/** A copy beside the instances: their user can read it even when the platform lives in root's home, and an update cannot change one that runs. */
async function installShim(directory: string): Promise<string> {
  const shim = join(directory, 'shim.sh')
  await copyFile(fileURLToPath(new URL('./shim.sh', import.meta.url)), `${shim}.tmp`)
  await chmod(`${shim}.tmp`, 0o644)
  await rename(`${shim}.tmp`, shim)
  return shim
}

async function findSetpriv(): Promise<string | undefined> {
  for (const path of ['/usr/bin/setpriv', '/bin/setpriv']) {
    // Not there is an answer.
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}

async function requireProc(): Promise<void> {
  await access('/proc/self/stat').catch((cause: unknown) => {
    throw new PlatformError('failed_precondition', 'The process runtime needs Linux with /proc.', { reason: 'RUNTIME_UNSUPPORTED', cause })
  })
}

function diskFull(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new PlatformError('resource_exhausted', 'The disk is full: the instance could not be started.', {
    reason: 'DISK_FULL',
    hint: 'Free some space in the data directory.',
    cause: error,
  })
}
