import type { ContainerCreateOptions } from 'dockerode'
import { newId } from '../../lib/ids.ts'
import type { Log } from '../../lib/log.ts'
import type { InstanceNetwork } from '../runtime.ts'
import { confinement, instanceUser } from './container.ts'
import { type Engine, ignoring, statusOf } from './engine.ts'
import { ensureHolderImage } from './holder-image.ts'
import { containerName, holderLabels, label } from './labels.ts'
import type { Networks } from './network.ts'

/** A container that does nothing but have a network of its own, which one instance joins: that way it starts three times as fast (ADR 0013). */
export type Holder = { id: string; network: string; host: string }

/** How long a namespace in which something was started keeps a spare holder for what is started next. */
const keepSpareMs = 5 * 60_000

type Spare = { holder: Promise<Holder | undefined>; until: number }

export class Holders {
  readonly #engine: Engine
  readonly #installation: string
  readonly #networks: Networks
  readonly #log: Log
  readonly #architecture: string
  readonly #spares = new Map<string, Spare>()
  /** Made here and not removed yet, taken or not. */
  readonly #ids = new Set<string>()
  #closed = false

  constructor(engine: Engine, networks: Networks, options: { installation: string; architecture: string; log: Log }) {
    this.#engine = engine
    this.#networks = networks
    this.#installation = options.installation
    this.#architecture = options.architecture
    this.#log = options.log
  }

  /** The spare one of the network if there is any that works, else a new one. Whoever takes it removes it. */
  async take(wanted: InstanceNetwork | undefined): Promise<Holder> {
    const network = await this.#networks.ensure(wanted)
    const spare = this.#spares.get(network)
    this.#spares.delete(network)
    const kept = await spare?.holder
    const alive = kept && (await this.find(kept.id))
    if (alive) return alive
    if (kept) await this.remove(kept.id)
    return this.#make(network, wanted)
  }

  /** Makes a spare one in the background, unless there is one. */
  prepare(wanted: InstanceNetwork | undefined, network: string): void {
    const until = Date.now() + keepSpareMs
    const spare = this.#spares.get(network)
    if (spare) spare.until = until
    else if (!this.#closed) {
      const holder = this.#make(network, wanted).catch((err: unknown) => {
        this.#log.warn({ err, network }, 'no spare network holder could be made: the next instance starts more slowly')
        return undefined
      })
      this.#spares.set(network, { holder, until })
    }
  }

  /** The holder if it still holds; one that was stopped, as by a restart of the engine, is started again, maybe with another address. */
  async find(id: string): Promise<Holder | undefined> {
    const found = await this.#engine.find((docker) => docker.getContainer(id).inspect())
    const network = found?.Config.Labels[label.network]
    if (!found || network === undefined) return undefined
    if (found.State.Running) return holderOf(id, network, found.NetworkSettings.Networks[network]?.IPAddress)
    const started = await ignoring(
      [404, 409, 500],
      this.#engine.call((docker) => docker.getContainer(id).start()).then(() => true),
    )
    if (!started) return undefined
    const again = await this.#engine.find((docker) => docker.getContainer(id).inspect())
    return holderOf(id, network, again?.NetworkSettings.Networks[network]?.IPAddress)
  }

  async remove(id: string): Promise<void> {
    await ignoring(
      [404, 409],
      this.#engine.call((docker) => docker.getContainer(id).remove({ force: true, v: true })),
    )
    this.#ids.delete(id)
  }

  ids(): ReadonlySet<string> {
    return this.#ids
  }

  /** Networks that a spare is in. */
  networks(): string[] {
    return [...this.#spares.keys()]
  }

  /** Removes spares that nobody took for long. */
  async sweep(now = Date.now()): Promise<void> {
    for (const [network, { until }] of this.#spares) if (until < now) await this.#drop(network)
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#spares.keys()].map((network) => this.#drop(network)))
  }

  async #drop(network: string): Promise<void> {
    const spare = this.#spares.get(network)
    this.#spares.delete(network)
    const holder = await spare?.holder
    if (holder) await this.remove(holder.id)
  }

  async #make(network: string, wanted: InstanceNetwork | undefined, again = true): Promise<Holder> {
    const image = await ensureHolderImage(this.#engine, this.#architecture)
    const name = containerName(this.#installation, newId('holder'))
    const options = { ...holderOptions(network, image, wanted?.gateway), name, Labels: holderLabels(this.#installation, network) }
    const container = await this.#engine.call((docker) => docker.createContainer(options))
    this.#ids.add(container.id)
    try {
      await this.#engine.call(() => container.start())
    } catch (error) {
      await this.remove(container.id)
      // Somebody removed the network.
      if (statusOf(error) !== 404 || !again) throw error
      this.#networks.forget(network)
      await this.#networks.ensure(wanted)
      return this.#make(network, wanted, false)
    }
    const holder = await this.find(container.id)
    if (!holder) throw new Error(`the holder ${name} ended at once`)
    return holder
  }
}

const holderOf = (id: string, network: string, host: string | undefined): Holder | undefined => (host ? { id, network, host } : undefined)

/** @param gateway where the DNS of the network answers; absent: the engine's own settings */
export function holderOptions(network: string, image: string, gateway: string | undefined): ContainerCreateOptions {
  return {
    Image: image,
    // As process 1 it would not hear SIGTERM, and the engine wait for it in vain when it stops.
    StopSignal: 'SIGKILL',
    User: `${instanceUser.uid}:${instanceUser.gid}`,
    HostConfig: {
      ...confinement({ memoryBytes: 32 * 2 ** 20, cpus: 1 }),
      PidsLimit: 16,
      NetworkMode: network,
      // The engine's DNS inside of the network asks this one.
      ...(gateway === undefined ? {} : { Dns: [gateway] }),
      DnsSearch: ['.'],
      LogConfig: { Type: 'none', Config: {} },
    },
  }
}
