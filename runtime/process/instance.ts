import { type FSWatcher, watch } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Log } from '../../lib/log.ts'
import { removeTree } from '../../lib/remove-tree.ts'
import { tenantCommandArguments } from '../../lib/tenant-command.ts'
import { nextPause } from '../backoff.ts'
import type { Exit, Instance, InstanceSpec } from '../runtime.ts'
import { writeSecrets } from '../secrets.ts'
import { requireExecutable } from './command.ts'
import { createFolder, type Folder, folderOf } from './folder.ts'
import { launch } from './launch.ts'
import { Output, type OutputLimits } from './output.ts'
import type { Ports } from './port.ts'
import { bootId, identify, isAlive, isShimOf, processesOf } from './proc.ts'
import { type Record, writeRecord } from './record.ts'
import { type Group, killAll, signalAll, terminate } from './signals.ts'
import { exitFrom, readStatus } from './status-file.ts'
import type { User } from './user.ts'

/** What all instances of a driver share. */
export type Host = {
  directory: string
  shim: string
  setpriv: string | undefined
  user: User | undefined
  path: string
  output: OutputLimits
  log: Log
  publish(instance: Instance): void
  ports: Ports
}

/** One instance: starts it, notices its end, starts it again, takes it away. All of its state that matters is in its record on disk. */
export class SupervisedInstance {
  readonly output: Output
  readonly #host: Host
  readonly #folder: Folder
  #record: Record
  #view: Instance | undefined
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #removeBy = Number.POSITIVE_INFINITY
  #removal: Promise<void> | undefined
  #closed = false

  constructor(host: Host, record: Record) {
    this.#host = host
    this.#record = record
    this.#folder = folderOf(host.directory, record.spec.id)
    this.#view = viewOf(record)
    if (record.port !== undefined) host.ports.keep(record.spec.id, record.port)
    this.output = new Output(this.#folder.output, host.output)
  }

  /** Undefined until it was started for the first time. */
  get view(): Instance | undefined {
    return this.#view
  }

  /** Settles when it is gone; undefined when nobody asked for that. */
  get removal(): Promise<void> | undefined {
    return this.#removal
  }

  /** The first start. */
  start(): Promise<void> {
    return this.#serially(async () => {
      await createFolder(this.#folder, this.#host.user)
      this.#observe()
      await this.#run()
    })
  }

  /** Takes over what an earlier process of the platform left. */
  async adopt(): Promise<void> {
    if (this.#record.removing) return this.remove(0)
    this.#observe()
    await this.output.refresh()
    const { phase } = this.#record
    if (phase.state === 'starting') await this.#serially(() => this.#adoptStart())
    else if (phase.state === 'backoff') this.#schedule(phase.retryAt)
    else await this.check()
  }

  /** Looks whether the process has ended. Cheap: called on every hint, and slowly without one. */
  async check(): Promise<void> {
    if (this.#closed) return
    this.output.changed()
    if (this.#hasEnded()) await this.#serially(() => this.#settle()).catch(wasLogged)
  }

  setRestart(restart: InstanceSpec['restart']): Promise<void> {
    return this.#serially(async () => {
      const { phase, spec } = this.#record
      if (spec.restart === restart) return
      this.#record = { ...this.#record, spec: { ...spec, restart } }
      if (restart === 'always' && phase.state === 'exited') await this.#backOff(phase.exit, 0)
      else if (restart === 'never' && phase.state === 'backoff') {
        clearTimeout(this.#timer)
        await this.#enter({ state: 'exited', exit: phase.exit })
      } else await this.#save()
    })
  }

  /** Asked again with less grace, it hurries. */
  remove(graceMs: number): Promise<void> {
    this.#removeBy = Math.min(this.#removeBy, Date.now() + graceMs)
    this.#removal ??= this.#serially(() => this.#takeAway())
    return this.#removal
  }

  processes(): number[] {
    const { id, leader, since } = this.#group()
    return processesOf(id, leader, since).map(({ pid }) => pid)
  }

  pause(): void {
    signalAll(this.#group(), 'SIGSTOP')
  }

  resume(): void {
    signalAll(this.#group(), 'SIGCONT')
  }

  /** Lets go without stopping anything; a removal that was asked for is finished first. */
  async close(): Promise<void> {
    await this.#removal?.catch(wasLogged)
    this.#letGo()
    await this.#queue
  }

  async #run(): Promise<void> {
    const { spec } = this.#record
    const { user, shim, setpriv, path } = this.#host
    const cwd = join(spec.artifact.path, spec.workingDirectory ?? '.')
    const { home, temporary, secrets } = this.#folder
    const programs = (spec.artifact.programs ?? []).map((directory) => join(spec.artifact.path, directory))
    const env = { PATH: [...programs, path].join(delimiter), LANG: 'C.UTF-8', HOME: home, TMPDIR: temporary, ...spec.env }
    const hasSecrets = Object.keys(spec.secrets ?? {}).length > 0
    const argv = tenantCommandArguments(spec.command)
    await requireExecutable(argv, { cwd, path: env.PATH, user })
    const port = await this.#host.ports.choose(spec.id, this.#record.port)
    this.#record = { ...this.#record, port, phase: { state: 'starting' } }
    await this.#save()
    if (hasSecrets) await writeSecrets(secrets, spec.secrets ?? {}, user)
    const started = await launch({
      folder: this.#folder,
      shim,
      setpriv,
      user,
      argv,
      cwd,
      env: { ...env, PORT: String(port), MICRO_INSTANCE: spec.id, ...(hasSecrets ? { MICRO_SECRETS: secrets } : {}) },
      spec,
    })
    started.child.once('exit', () => void this.check())
    await this.#enter({ state: 'running', process: started.identity, port, startedAt: new Date() })
    // It may have ended before anybody listened.
    void this.check()
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

  #hasEnded(): boolean {
    const { phase } = this.#record
    return phase.state === 'running' && (readStatus(this.#folder.status).status !== undefined || !isAlive(phase.process))
  }

  async #settle(): Promise<void> {
    const { phase } = this.#record
    // While it is being taken away its processes still have their grace.
    if (phase.state === 'running' && this.#removal === undefined && this.#hasEnded()) await this.#finish(phase.startedAt)
  }

  async #finish(startedAt: Date): Promise<void> {
    const { spec } = this.#record
    const exit = exitFrom(readStatus(this.#folder.status))
    // The instance is its main process: what that left running goes with it.
    if (!(await killAll(this.#group()))) this.#host.log.warn({ instance: spec.id }, 'some processes of an instance could not be killed')
    await this.output.finishLine()
    if (spec.restart === 'always') await this.#backOff(exit, exit.at.getTime() - startedAt.getTime())
    else await this.#enter({ state: 'exited', exit })
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
    if (this.#closed) return
    const retry = async () => {
      const { phase } = this.#record
      if (phase.state === 'backoff' && this.#removal === undefined) await this.#runAgain(phase.exit)
    }
    this.#timer = setTimeout(() => void this.#serially(retry).catch(wasLogged), Math.max(0, retryAt.getTime() - Date.now())).unref()
  }

  /** The platform died while it started this: the shim, if it came so far, wrote its process id. */
  async #adoptStart(): Promise<void> {
    const { pid } = readStatus(this.#folder.status)
    const shim = pid !== undefined && isShimOf(pid, this.#record.spec.id) ? identify(pid) : undefined
    const { port } = this.#record
    if (shim && port !== undefined) await this.#enter({ state: 'running', process: shim, port, startedAt: new Date() })
    else await this.#finish(new Date())
  }

  async #takeAway(): Promise<void> {
    clearTimeout(this.#timer)
    this.#record = { ...this.#record, removing: true }
    await this.#save().catch(() => undefined) // The disk is full, or there never was a folder: taking away goes on.
    if (!(await terminate(this.#group(), () => this.#removeBy))) {
      this.#host.log.warn({ instance: this.#record.spec.id }, 'some processes of an instance could not be killed')
    }
    await this.output.finishLine()
    this.#letGo()
    this.#host.ports.release(this.#record.spec.id)
    await removeTree(this.#folder.path)
  }

  #group(): Group {
    const { phase, spec } = this.#record
    const leader = this.#leader()
    const since = phase.state === 'running' && phase.process.bootId === bootId() ? phase.process.startTime : undefined
    return { id: spec.id, ...(leader === undefined ? {} : { leader }), ...(since === undefined ? {} : { since }) }
  }

  /** The shim's process id, unless the number now belongs to somebody else. */
  #leader(): number | undefined {
    const { phase } = this.#record
    if (phase.state !== 'running' || phase.process.bootId !== bootId()) return undefined
    const now = identify(phase.process.pid)
    return now && now.startTime !== phase.process.startTime ? undefined : phase.process.pid
  }

  async #enter(phase: Record['phase']): Promise<void> {
    this.#record = { ...this.#record, phase, ...('exit' in phase ? { lastExit: phase.exit } : {}) }
    await this.#save().catch((err: unknown) => {
      // The disk may be full. What the record says now is older, and adoption brings it up to date by looking.
      this.#host.log.error({ err, instance: this.#record.spec.id }, 'the record of an instance could not be written')
    })
    this.#view = viewOf(this.#record)
    if (this.#view) this.#host.publish(this.#view)
  }

  #save(): Promise<void> {
    return writeRecord(this.#folder.record, this.#record)
  }

  #observe(): void {
    try {
      this.#watcher = watch(this.#folder.path, { persistent: false }, (_event, file) => {
        if (file === 'output') this.output.changed()
        else if (file === 'status') void this.check()
      })
      this.#watcher.on('error', () => this.#watcher?.close()) // The slow look goes on.
    } catch (err) {
      this.#host.log.warn({ err }, 'no more files can be watched on this machine: output comes later (see fs.inotify.max_user_watches)')
    }
  }

  #letGo(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#watcher?.close()
    this.output.close()
  }

  /** One change at a time. Logs what goes wrong. */
  #serially(change: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(() => (this.#closed ? undefined : change()))
    this.#queue = result.catch((err: unknown) => {
      if (!this.#closed) this.#host.log.error({ err, instance: this.#record.spec.id }, 'a change of an instance failed')
    })
    return result
  }
}

/** Of a change that nobody waits for. */
const wasLogged = (): void => undefined

function viewOf({ spec, restarts, phase, lastExit }: Record): Instance | undefined {
  const { id, namespace, service, release } = spec
  const base = { id, namespace, service, release, restarts }
  switch (phase.state) {
    case 'starting':
      return undefined
    case 'running': {
      const address = { host: '127.0.0.1', port: phase.port }
      return { ...base, state: 'running', address, startedAt: phase.startedAt, pid: phase.process.pid, ...(lastExit ? { lastExit } : {}) }
    }
    case 'backoff':
      return { ...base, state: 'backoff', lastExit: phase.exit, retryAt: phase.retryAt }
    case 'exited':
      return { ...base, state: 'exited', exit: phase.exit }
  }
}
