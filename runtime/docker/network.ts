import type { NetworkCreateOptions } from 'dockerode'
import { PlatformError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { InstanceNetwork } from '../runtime.ts'
import { type Engine, ignoring, statusOf } from './engine.ts'
import { bridgeName, label, networkName, ours, prefixOf } from './labels.ts'

/** Longer than any pause between two deploys of somebody at work. */
const keepIdleMs = 10 * 60_000

/** The networks of namespaces: made when an instance first needs one, taken away when none has needed it for a while. */
export class Networks {
  readonly #engine: Engine
  readonly #installation: string
  readonly #log: Log
  /** One change of a network at a time. */
  readonly #queues = new Map<string, Promise<unknown>>()
  readonly #known = new Set<string>()
  readonly #idleSince = new Map<string, number>()

  constructor(engine: Engine, installation: string, log: Log) {
    this.#engine = engine
    this.#installation = installation
    this.#log = log
  }

  /** @returns the engine's name of the network, which exists now */
  async ensure(wanted: InstanceNetwork | undefined): Promise<string> {
    const name = networkName(this.#installation, wanted?.id ?? 'default')
    this.#idleSince.delete(name)
    await this.#exclusively(name, async () => {
      if (this.#known.has(name)) return
      await this.#make(name, wanted)
      this.#known.add(name)
    })
    return name
  }

  /** It turned out not to exist. */
  forget(name: string): void {
    this.#known.delete(name)
  }

  /** Takes away what has been idle for long. @param inUse names of networks that instances have */
  async sweep(inUse: ReadonlySet<string>, now = Date.now(), idleMs = keepIdleMs): Promise<void> {
    for (const name of await this.#names()) {
      if (inUse.has(name)) {
        this.#idleSince.delete(name)
        continue
      }
      const since = this.#idleSince.get(name) ?? now
      this.#idleSince.set(name, since)
      if (now - since >= idleMs) await this.#exclusively(name, () => this.#remove(name))
    }
  }

  async #make(name: string, wanted: InstanceNetwork | undefined): Promise<void> {
    const options = networkOptions(this.#installation, name, wanted)
    try {
      await this.#engine.call((docker) => docker.createNetwork(options))
    } catch (error) {
      if (statusOf(error) === 409 && (await this.#isAsWanted(name, wanted))) return
      throw explained(error, wanted)
    }
  }

  /** An earlier process of the platform made it. With another subnet it is replaced, if nothing is in it. */
  async #isAsWanted(name: string, wanted: InstanceNetwork | undefined): Promise<boolean> {
    const existing = await this.#engine.find((docker) => docker.getNetwork(name).inspect())
    const subnet = existing?.IPAM?.Config?.[0]?.Subnet
    if (existing && (wanted === undefined || subnet === wanted.subnet)) return true
    await ignoring(
      [404],
      this.#engine.call((docker) => docker.getNetwork(name).remove()),
    )
    await this.#engine.call((docker) => docker.createNetwork(networkOptions(this.#installation, name, wanted)))
    return true
  }

  async #remove(name: string): Promise<void> {
    // Used again while this waited.
    if (!this.#idleSince.has(name)) return
    this.#known.delete(name)
    this.#idleSince.delete(name)
    try {
      await ignoring(
        [404],
        this.#engine.call((docker) => docker.getNetwork(name).remove()),
      )
    } catch (err) {
      this.#log.warn({ err, network: name }, 'an unused network could not be removed')
    }
  }

  async #names(): Promise<string[]> {
    const networks = await this.#engine.call((docker) => docker.listNetworks({ filters: ours(this.#installation) }))
    return networks.map(({ Name }) => Name).filter((name) => name.startsWith(prefixOf(this.#installation)))
  }

  #exclusively<T>(name: string, change: () => Promise<T>): Promise<T> {
    const result = (this.#queues.get(name) ?? Promise.resolve()).then(change, change)
    this.#queues.set(name, result)
    const forget = () => {
      if (this.#queues.get(name) === result) this.#queues.delete(name)
    }
    result.then(forget, forget)
    return result
  }
}

/** Without a wanted network the engine chooses the subnet. */
export function networkOptions(installation: string, name: string, wanted: InstanceNetwork | undefined): NetworkCreateOptions {
  return {
    Name: name,
    CheckDuplicate: true,
    Driver: 'bridge',
    // Its own idea of an internal network would keep instances from the gateway's services too: the firewall tells who may leave.
    Internal: false,
    EnableIPv6: false,
    Labels: { [label.installation]: installation, ...(wanted ? { [label.network]: wanted.id } : {}) },
    Options: {
      'com.docker.network.bridge.name': bridgeName(name),
      'com.docker.network.bridge.enable_icc': 'true',
      'com.docker.network.bridge.enable_ip_masquerade': 'true',
    },
    ...(wanted ? { IPAM: { Driver: 'default', Config: [{ Subnet: wanted.subnet, Gateway: wanted.gateway }] } } : {}),
  }
}

function explained(error: unknown, wanted: InstanceNetwork | undefined): unknown {
  if (!(error instanceof Error) || statusOf(error) === undefined) return error
  if (/overlap|could not find an available/i.test(error.message)) {
    return new PlatformError(
      'failed_precondition',
      wanted
        ? `The network ${wanted.subnet} of this namespace overlaps with another one of this machine.`
        : 'The Docker engine has no addresses left for a network.',
      { reason: 'NETWORK_TAKEN', hint: 'Set MICRO_NETWORK_POOL to a range that nothing else uses.', cause: error },
    )
  }
  return new PlatformError('failed_precondition', 'The Docker engine could not make the network of the namespace.', {
    reason: 'NETWORK_FAILED',
    cause: error,
  })
}
