import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { ContainerInspectInfo } from 'dockerode'
import { PlatformError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { removeTree } from '../../lib/remove-tree.ts'
import { nextPause } from '../backoff.ts'
import type { Exit, Instance, InstanceSpec, LogLine } from '../runtime.ts'
import { type CommandCheck, requireCommand, requireExecutable } from './command.ts'
import { commandOf, containerOptions, environmentOf, type ImageFacts, portOf, processorQuota, workingDirectoryOf } from './container.ts'
import { type Engine, ignoring, isUnavailable } from './engine.ts'
import { exitOf, mayBeOutOfMemory } from './exit.ts'
import { createFolder, type Folder, folderOf } from './folder.ts'
import type { Holder, Holders } from './holder.ts'
import { requireImage } from './image.ts'
import { containerName } from './labels.ts'
import { type LogSource, openLog, readLogs } from './logs.ts'
import { resumeContainer } from './pause.ts'
import { type Record, writeRecord } from './record.ts'
import type { Sandbox } from './requirements.ts'
import { startError } from './start-error.ts'

/** What all instances of a driver share. */
export type Host = {
  engine: Engine
  installation: string
  directory: string
  architecture: string
  sandbox: Sandbox | undefined
  holders: Holders
  /** Commands that were found executable: the same image need not be looked at for each instance. */
  executable: Set<string>
  log: Log
  publish(instance: Instance): void
}

/** How long a reader of the output may take for what is left when the instance has ended and is to go. */
const readersMs = 3_000

const oomNewsMs = 100
const longestTimerMs = 2 ** 31 - 1

/** One instance: starts it, notices its end, starts it again, takes it away. What matters of its state is in its record on disk, or the engine's. */
export class ContainedInstance {
  readonly #host: Host
  readonly #folder: Folder
  readonly #name: string
  readonly #changes = new EventEmitter().setMaxListeners(0)
  readonly #readers = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  #record: Record
  #view: Instance | undefined
  #timer: NodeJS.Timeout | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #removeBy = Number.POSITIVE_INFINITY
  #removal: Promise<void> | undefined
  #ended = false

  constructor(host: Host, record: Record) {
    this.#host = host
    this.#record = record
    this.#name = containerName(host.installation, record.spec.id)
    this.#folder = folderOf(host.directory, record.spec.id)
    this.#view = viewOf(record)
  }

  /** Undefined until it was started for the first time. */
  get view(): Instance | undefined {
    return this.#view
  }

  /** Settles when it is gone; undefined when nobody asked for that. */
  get removal(): Promise<void> | undefined {
    return this.#removal
  }

  /** It was to be taken away, and that failed. */
  get isLeftOver(): boolean {
    return this.#record.removing && this.#removal === undefined
  }

  /** The engine's name of its container. */
  get container(): string {
    return this.#name
  }

  get holder(): Record['holder'] {
    return this.#record.holder
  }

  /** The first start. */
  async start(): Promise<void> {
    await this.#serially(() => this.#run())
    const { holder, spec } = this.#record
    if (holder) this.#host.holders.prepare(spec.network, holder.network)
  }

  /** Takes over what an earlier process of the platform left. */
  async adopt(): Promise<void> {
    const { removing, phase } = this.#record
    if (removing) await this.remove(0)
    else if (phase.state === 'starting') await this.#serially(() => this.#adoptStart())
    else if (phase.state === 'backoff') this.#schedule(phase.retryAt)
    else await this.check()
  }

  /** Asks the engine whether it has ended. */
  async check(): Promise<void> {
    // Serially even when it does not run yet: an end that is told while it is being started counts once it is.
    await this.#serially(() => this.#settle()).catch(wasLogged)
  }

  /** As `check`, when it is known which containers run, without asking the engine again for each. @param running their ids and names */
  async look(running: ReadonlySet<string>): Promise<void> {
    const { phase, holder } = this.#record
    this.#changes.emit('change')
    if (phase.state !== 'running') return
    if (!running.has(this.#name)) await this.check()
    else if (holder && !running.has(holder.id)) await this.checkHolder()
  }

  /** Without its holder it has no network: nobody reaches it any more, so it has to be started anew. */
  async checkHolder(): Promise<void> {
    await this.#serially(async () => {
      const { phase, holder } = this.#record
      if (phase.state !== 'running' || !holder || this.#removal !== undefined) return
      const found = await this.#host.engine.find((docker) => docker.getContainer(holder.id).inspect())
      if (!found?.State.Running) await this.#kill('SIGKILL')
    }).catch(wasLogged)
  }

  setRestart(restart: InstanceSpec['restart']): Promise<void> {
    return this.#serially(async () => {
      const { phase, spec } = this.#record
      if (spec.restart === restart) return
      this.#record = { ...this.#record, spec: { ...spec, restart } }
      if (restart === 'always' && spec.limits.startCpus !== undefined) await this.#endStart(spec.limits.cpus)
      if (restart === 'always' && phase.state === 'exited') await this.#backOff(phase.exit, 0)
      else if (restart === 'never' && phase.state === 'backoff') {
        clearTimeout(this.#timer)
        await this.#enter({ state: 'exited', exit: phase.exit })
      } else await this.#save()
    })
  }

  /** It has started: from now on it has the processor time that it is to serve with. */
  async #endStart(cpus: number): Promise<void> {
    const { engine, log } = this.#host
    try {
      await engine.call((docker) => docker.getContainer(this.container).update(processorQuota(cpus)))
    } catch (err) {
      log.warn({ err, instance: this.#record.spec.id }, 'the processor limit of a started instance could not be set')
    }
  }

  /** Asked again with less grace, it hurries. One that failed can be asked again. */
  remove(graceMs: number): Promise<void> {
    this.#removeBy = Math.min(this.#removeBy, Date.now() + graceMs)
    this.#changes.emit('change')
    this.#removal ??= this.#serially(() => this.#takeAway()).catch((error: unknown) => {
      this.#removal = undefined
      throw error
    })
    return this.#removal
  }

  async *logs(options: { signal: AbortSignal; after?: string }): AsyncGenerator<LogLine> {
    const { promise: done, resolve } = Promise.withResolvers<void>()
    this.#readers.add(done)
    try {
      yield* readLogs(this.#output, { ...options, signal: AbortSignal.any([options.signal, this.#closing.signal]) })
    } finally {
      this.#readers.delete(done)
      resolve()
    }
  }

  /** Lets go without stopping anything; a removal that was asked for is finished first. */
  async close(): Promise<void> {
    await this.#removal?.catch(wasLogged)
    this.#letGo()
    await this.#queue
  }

  async #run(): Promise<void> {
    this.#record = { ...this.#record, phase: { state: 'starting' } }
    await createFolder(this.#folder, this.#record.spec)
    await this.#save()
    const { host } = await this.#prepared()
    await this.#startContainer()
    const found = await this.#inspect()
    if (!found) throw new PlatformError('aborted', 'The container was removed while it was started.', { reason: 'INSTANCE_REMOVED' })
    await this.#enter({ state: 'running', host, startedAt: new Date(found.State.StartedAt) })
    // It may have ended before anybody listened.
    if (!found.State.Running) void this.check()
  }

  /** A container that can be started, and the holder it is in: those of the last run, where both are still there. */
  async #prepared(): Promise<Holder> {
    const { engine, holders } = this.#host
    const { holder: last } = this.#record
    const kept = last && (await holders.find(last.id))
    if (kept && (await this.#inspect())) return kept
    await engine.find((docker) => docker.getContainer(this.#name).remove({ force: true, v: true }))
    const { spec } = this.#record
    const image = await requireImage(engine, spec.artifact.image)
    requireCommand(commandOf(spec, image))
    const holder = kept ?? (await holders.take(spec.network))
    this.#record = { ...this.#record, holder: { id: holder.id, network: holder.network } }
    await this.#save()
    await this.#create(image, holder)
    return holder
  }

  async #create(image: ImageFacts, holder: Holder): Promise<void> {
    const { engine, installation, sandbox } = this.#host
    const { spec } = this.#record
    const options = containerOptions({ installation, spec, image, holder: holder.id, platformDirectory: this.#folder.platform, sandbox })
    await engine.call((docker) => docker.createContainer(options)).catch(startError)
    await this.#checkCommand(image)
  }

  async #checkCommand(image: ImageFacts): Promise<void> {
    const { engine, executable, architecture } = this.#host
    const { spec } = this.#record
    const check: CommandCheck = {
      argv: commandOf(spec, image),
      path: { ...image.environment, ...environmentOf(spec, image) }.PATH ?? defaultPath,
      workingDirectory: workingDirectoryOf(spec, image),
      architecture,
    }
    const key = JSON.stringify([image.id, spec.artifact.mount, check.argv[0], check.path, check.workingDirectory])
    if (executable.has(key)) return
    await requireExecutable(engine, this.#name, check)
    executable.add(key)
  }

  async #startContainer(): Promise<void> {
    await ignoring(
      [304],
      this.#host.engine.call((docker) => docker.getContainer(this.#name).start()),
    ).catch(startError)
  }

  async #runAgain(last: Exit): Promise<void> {
    this.#record = { ...this.#record, restarts: this.#record.restarts + 1 }
    try {
      await this.#run()
    } catch (err) {
      this.#host.log.warn({ err, instance: this.#record.spec.id }, 'an instance could not be started again')
      await this.#backOff({ ...last, at: new Date() }, 0)
    }
  }

  async #settle(): Promise<void> {
    const { phase } = this.#record
    // While it is being taken away its processes still have their grace.
    if (phase.state !== 'running' || this.#removal !== undefined) return
    const found = await this.#inspect().catch((error: unknown) => {
      // The engine is away: the instance may well run on. It is looked at again when the engine is back.
      if (isUnavailable(error)) return 'unknown' as const
      throw error
    })
    if (found === 'unknown') return
    if (!found?.State.Running) return this.#finish(found, phase.startedAt)
    // Somebody started it by hand.
    const startedAt = new Date(found.State.StartedAt)
    if (startedAt.getTime() !== phase.startedAt.getTime()) await this.#enter({ ...phase, startedAt })
  }

  async #finish(found: ContainerInspectInfo | undefined, startedAt: Date): Promise<void> {
    const exit = exitOf(mayBeOutOfMemory(found?.State) ? await this.#stateLater() : found?.State)
    if (this.#record.spec.restart === 'always') await this.#backOff(exit, exit.at.getTime() - startedAt.getTime())
    else await this.#enter({ state: 'exited', exit })
  }

  /** That the kernel ended it for its memory comes to the engine on another way than its end does. */
  async #stateLater(): Promise<ContainerInspectInfo['State'] | undefined> {
    await pause(oomNewsMs)
    return (await this.#inspect())?.State
  }

  async #backOff(exit: Exit, ranMs: number): Promise<void> {
    const { pauseMs, failures } = nextPause(this.#record.failures, ranMs)
    const retryAt = new Date(exit.at.getTime() + pauseMs)
    this.#record = { ...this.#record, failures }
    await this.#enter({ state: 'backoff', exit, retryAt })
    this.#schedule(retryAt)
  }

  #schedule(retryAt: Date): void {
    clearTimeout(this.#timer)
    if (this.#isClosed) return
    const retry = async () => {
      const { phase } = this.#record
      if (phase.state === 'backoff' && this.#removal === undefined) await this.#runAgain(phase.exit)
    }
    this.#timer = setTimeout(() => void this.#serially(retry).catch(wasLogged), Math.max(0, retryAt.getTime() - Date.now())).unref()
  }

  /** The platform died while it started this. */
  async #adoptStart(): Promise<void> {
    const found = await this.#inspect()
    const { holder } = this.#record
    const held = found?.State.Running && holder ? await this.#host.holders.find(holder.id) : undefined
    if (found && held) await this.#enter({ state: 'running', host: held.host, startedAt: new Date(found.State.StartedAt) })
    else await this.#finish(found, new Date())
  }

  async #takeAway(): Promise<void> {
    const { engine, holders } = this.#host
    clearTimeout(this.#timer)
    this.#record = { ...this.#record, removing: true }
    await this.#save().catch(() => undefined) // The disk is full, or there never was a folder: taking away goes on.
    await this.#stop()
    this.#ended = true
    this.#changes.emit('change')
    await Promise.race([Promise.all(this.#readers), pause(readersMs)])
    const { holder } = this.#record
    await ignoring(
      [404, 409],
      engine.call((docker) => docker.getContainer(this.#name).remove({ force: true, v: true })),
    )
    if (holder) await holders.remove(holder.id)
    await removeTree(this.#folder.path)
    this.#letGo()
  }

  /** SIGTERM, and SIGKILL to whatever is left when its time is over. */
  async #stop(): Promise<void> {
    // One that is paused would hear nothing.
    await resumeContainer(this.#host.engine, this.#name)
    const stopped = this.#untilStopped()
    stopped.catch(wasLogged) // Whether it failed is asked below.
    if (Date.now() < this.#removeBy) await this.#kill('SIGTERM')
    while (Date.now() < this.#removeBy) if (await this.#stopsInTime(stopped)) return
    await this.#kill('SIGKILL')
    await stopped
  }

  /** @returns false when the time is over, or has been changed */
  async #stopsInTime(stopped: Promise<void>): Promise<boolean> {
    const over = new AbortController()
    const { signal } = over
    const graceMs = Math.min(this.#removeBy - Date.now(), longestTimerMs)
    const hurried = once(this.#changes, 'change', { signal }).then(() => false)
    try {
      return await Promise.race([stopped.then(() => true), pause(graceMs, false, { signal }), hurried])
    } finally {
      over.abort()
    }
  }

  async #untilStopped(): Promise<void> {
    const wait = this.#host.engine.call((docker) => docker.getContainer(this.#name).wait({ condition: 'not-running' }), longestTimerMs)
    await ignoring([404], wait)
  }

  async #kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await ignoring(
      [404, 409],
      this.#host.engine.call((docker) => docker.getContainer(this.#name).kill({ signal })),
    )
  }

  #inspect(): Promise<ContainerInspectInfo | undefined> {
    return this.#host.engine.find((docker) => docker.getContainer(this.#name).inspect())
  }

  readonly #output: LogSource = {
    open: async ({ follow, signal }) => {
      try {
        return await this.#host.engine.find((docker) => openLog(docker, this.#name, follow, signal))
      } catch (error) {
        // It is asked again when the engine is back.
        if (isUnavailable(error) || signal.aborted) return undefined
        throw error
      }
    },
    run: () => (this.#record.phase.state === 'running' ? this.#record.phase.startedAt.toISOString() : undefined),
    ended: () => this.#ended,
    changed: async (signal) => {
      await once(this.#changes, 'change', { signal }).catch(() => undefined) // Aborted: the reader's condition sees it.
    },
  }

  async #enter(phase: Record['phase']): Promise<void> {
    this.#record = { ...this.#record, phase, ...('exit' in phase ? { lastExit: phase.exit } : {}) }
    await this.#save().catch((err: unknown) => {
      // The disk may be full. What the record says now is older, and adoption brings it up to date by looking.
      this.#host.log.error({ err, instance: this.#record.spec.id }, 'the record of an instance could not be written')
    })
    this.#view = viewOf(this.#record)
    if (this.#view) this.#host.publish(this.#view)
    this.#changes.emit('change')
  }

  #save(): Promise<void> {
    return writeRecord(this.#folder.record, this.#record)
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  #letGo(): void {
    clearTimeout(this.#timer)
    this.#closing.abort()
  }

  /** One change at a time. Logs what goes wrong. */
  #serially(change: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(() => (this.#isClosed ? undefined : change()))
    this.#queue = result.catch((err: unknown) => {
      if (!this.#isClosed) this.#host.log.error({ err, instance: this.#record.spec.id }, 'a change of an instance failed')
    })
    return result
  }
}

/** What an image without a PATH of its own gets from the engine. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Of a change that nobody waits for. */
const wasLogged = (): void => undefined

function viewOf({ spec, restarts, phase, lastExit }: Record): Instance | undefined {
  const { id, namespace, service, release } = spec
  const base = { id, namespace, service, release, restarts }
  switch (phase.state) {
    case 'starting':
      return undefined
    case 'running': {
      const address = { host: phase.host, port: portOf(spec) }
      return { ...base, state: 'running', address, startedAt: phase.startedAt, ...(lastExit ? { lastExit } : {}) }
    }
    case 'backoff':
      return { ...base, state: 'backoff', lastExit: phase.exit, retryAt: phase.retryAt }
    case 'exited':
      return { ...base, state: 'exited', exit: phase.exit }
  }
}
