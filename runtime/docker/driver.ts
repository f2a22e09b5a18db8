import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PlatformError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { removeTree } from '../../lib/remove-tree.ts'
import { Feed } from '../feed.ts'
import { acquireLock } from '../lock.ts'
import type { Address, Capabilities, Instance, InstanceSpec, InstanceStats, LogLine, Runtime } from '../runtime.ts'
import { requireSpec } from '../spec.ts'
import { Engine } from './engine.ts'
import { type EngineEvent, followEvents } from './events.ts'
import { folderOf } from './folder.ts'
import { Holders } from './holder.ts'
import { ContainedInstance, type Host } from './instance.ts'
import { listeningIn } from './listening.ts'
import { requireCursor } from './logs.ts'
import { Networks } from './network.ts'
import { pauseContainer, resumeContainer } from './pause.ts'
import { readRecord } from './record.ts'
import { requireEngine, type Sandbox } from './requirements.ts'
import { Spec } from './spec.ts'
import { readStats } from './stats.ts'
import { ownContainers, removeStrangers } from './strangers.ts'

export type DockerRuntimeOptions = {
  /** Path of the engine's Unix socket. */
  socket: string
  /** Tells apart installations that share an engine: [a-z0-9]+, in the name of everything that is made. */
  installation: string
  /** Where the instances' records, and what they see at /run/micro, live: one folder each. */
  directory: string
  log: Log
  /** Whether a firewall keeps instances from the machine and from other namespaces. */
  isolation: boolean
  /** Absent: the engine's default runtime, runc. */
  sandbox?: Sandbox
}

const lookEveryMs = 10_000
const sweepEveryMs = 60_000
/** A container that nobody knows may be one that is being made. */
const strangerMs = 5 * 60_000
/** When the platform stops there is little time. */
const tidyMs = 3_000

/**
 * Runs instances as containers of a Docker engine. They outlive the platform: the next process that calls this finds and adopts them.
 * @throws PlatformError `unavailable` when the engine does not answer; `failed_precondition` when it cannot confine instances, or another process has
 * the directory
 */
export async function createDockerRuntime(options: DockerRuntimeOptions): Promise<Runtime> {
  const { directory, installation, log, sandbox } = options
  const engine = new Engine(options.socket)
  const architecture = await requireEngine(engine, sandbox)
  await mkdir(directory, { recursive: true })
  await chmod(directory, 0o700)
  const release = await acquireLock(join(directory, 'lock'))
  try {
    const feed = new Feed()
    const networks = new Networks(engine, installation, log)
    const host: Host = {
      engine,
      installation,
      directory,
      architecture,
      sandbox,
      holders: new Holders(engine, networks, { installation, architecture, log }),
      executable: new Set(),
      log,
      publish: (instance) => feed.publish(instance),
    }
    const runtime = new DockerRuntime(host, networks, feed, { isolation: options.isolation, release })
    await runtime.adopt()
    runtime.observe()
    return runtime
  } catch (error) {
    await release()
    throw error
  }
}

class DockerRuntime implements Runtime {
  readonly capabilities: Capabilities
  readonly #host: Host
  readonly #networks: Networks
  readonly #feed: Feed
  readonly #release: () => Promise<void>
  readonly #instances = new Map<string, ContainedInstance>()
  readonly #observing = new AbortController()
  readonly #timers: NodeJS.Timeout[] = []
  #observer: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(host: Host, networks: Networks, feed: Feed, options: { isolation: boolean; release: () => Promise<void> }) {
    this.capabilities = { driver: 'docker', artifact: 'image', isolation: options.isolation }
    this.#host = host
    this.#networks = networks
    this.#feed = feed
    this.#release = options.release
  }

  async adopt(): Promise<void> {
    const { directory, log } = this.#host
    const entries = await readdir(directory, { withFileTypes: true })
    const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    await Promise.all(ids.map((id) => this.#adoptOne(id)))
    // What a process left that was killed while it made or removed something.
    await this.#removeStrangers().catch((err: unknown) => log.error({ err }, 'left-over containers could not be removed'))
  }

  observe(): void {
    const { engine, installation, log } = this.#host
    const { signal } = this.#observing
    const onConnect = () => this.#checkAll()
    this.#observer = followEvents(engine, { installation, log, signal }, { onEvent: (event) => this.#hear(event), onConnect })
    this.#timers.push(
      setInterval(() => void this.#checkAll(), lookEveryMs).unref(),
      setInterval(() => void this.#sweep(), sweepEveryMs).unref(),
    )
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
        new ContainedInstance(this.#host, { spec: valid, restarts: 0, failures: 0, phase: { state: 'starting' }, removing: false }),
        valid.id,
      )
    try {
      await (existing ? existing.setRestart(valid.restart) : instance.start())
    } catch (error) {
      if (!existing) await this.remove(valid.id, { graceMs: 0 }).catch(() => undefined) // Tried again when the engine is back.
      throw error
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
    return this.#views()
  }

  async *logs(id: string, options: { signal: AbortSignal; after?: string }): AsyncGenerator<LogLine> {
    const instance = this.#require(id)
    requireCursor(options.after)
    yield* instance.logs(options)
  }

  watch({ signal }: { signal: AbortSignal }): AsyncGenerator<Instance> {
    return this.#feed.watch(this.#views(), signal)
  }

  async listening(id: string): Promise<Address[]> {
    const { container } = this.#require(id)
    const found = await this.#host.engine.find((docker) => docker.getContainer(container).inspect())
    return found?.State.Running ? listeningIn(found.State.Pid) : []
  }

  async stats(id: string): Promise<InstanceStats | undefined> {
    const { view, container, holder } = this.#require(id)
    return view?.state === 'running' && holder ? readStats(this.#host.engine, container, holder.id) : undefined
  }

  async pause(id: string): Promise<void> {
    await pauseContainer(this.#host.engine, this.#require(id).container)
  }

  async resume(id: string): Promise<void> {
    await resumeContainer(this.#host.engine, this.#require(id).container)
  }

  close(): Promise<void> {
    this.#closing ??= this.#letGo()
    return this.#closing
  }

  async #letGo(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all([...this.#instances.values()].map((instance) => instance.close()))
    this.#observing.abort()
    await this.#observer
    this.#feed.close()
    await Promise.race([this.#tidy(), pause(tidyMs)])
    await this.#release()
  }

  /** Spares and unused networks are of use to a platform that runs only. */
  async #tidy(): Promise<void> {
    try {
      await this.#host.holders.close()
      await this.#networks.sweep(this.#networksInUse(), Date.now(), 0)
    } catch (err) {
      this.#host.log.warn({ err }, 'spare containers and networks are left on the Docker engine until the next start')
    }
  }

  async #adoptOne(id: string): Promise<void> {
    const { directory, log } = this.#host
    const folder = folderOf(directory, id)
    const record = readRecord(folder.record)
    // Never started, or its record was lost with the machine's power.
    if (!record || record.spec.id !== id) return removeTree(folder.path)
    const instance = this.#add(new ContainedInstance(this.#host, record), id)
    // One that makes trouble does not keep the platform from starting.
    await instance.adopt().catch((err: unknown) => log.error({ err, instance: id }, 'an instance could not be adopted'))
    if (instance.removal) this.#instances.delete(id)
  }

  async #removeStrangers(madeBefore = new Date()): Promise<void> {
    const { engine, installation, holders } = this.#host
    const ofInstances = [...this.#instances.values()].flatMap(({ container, holder }) => (holder ? [container, holder.id] : [container]))
    await removeStrangers(engine, { installation, known: new Set([...ofInstances, ...holders.ids()]), madeBefore })
  }

  #hear({ instance: id, containerId }: EngineEvent): void {
    const instance = id === undefined ? undefined : this.#instances.get(id)
    if (instance) return void instance.check()
    for (const held of this.#instances.values()) if (held.holder?.id === containerId) void held.checkHolder()
  }

  async #checkAll(): Promise<void> {
    try {
      const containers = await ownContainers(this.#host.engine, this.#host.installation, { all: false })
      const running = new Set(containers.flatMap(({ id, name }) => [id, name]))
      await Promise.all(
        [...this.#instances].map(([id, instance]) => (instance.isLeftOver ? this.remove(id, { graceMs: 0 }) : instance.look(running))),
      )
    } catch (err) {
      this.#host.log.debug({ err }, 'the containers could not be looked at')
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.#host.holders.sweep()
      await this.#removeStrangers(new Date(Date.now() - strangerMs))
      await this.#networks.sweep(this.#networksInUse())
    } catch (err) {
      this.#host.log.warn({ err }, 'unused containers and networks could not be removed')
    }
  }

  #networksInUse(): Set<string> {
    const ofInstances = [...this.#instances.values()].flatMap(({ holder }) => holder?.network ?? [])
    return new Set([...ofInstances, ...this.#host.holders.networks()])
  }

  #views(): Instance[] {
    return [...this.#instances.values()].flatMap(({ view }) => view ?? [])
  }

  #add(instance: ContainedInstance, id: string): ContainedInstance {
    this.#instances.set(id, instance)
    return instance
  }

  #require(id: string): ContainedInstance {
    const instance = this.#instances.get(id)
    if (!instance) throw new PlatformError('not_found', 'There is no such instance.', { reason: 'INSTANCE_NOT_FOUND' })
    return instance
  }
}
