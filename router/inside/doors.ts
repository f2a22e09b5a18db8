import { readdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../../lib/log.ts'
import type { Network } from './network.ts'

/** One of the sockets on the gateway of a network. */
export interface Door {
  /** For people: `port 10080`. */
  readonly name: string
  /** @throws EADDRNOTAVAIL while the machine has no such address */
  open(): Promise<void>
  /** Of one that was never opened, too. */
  close(graceMs: number): Promise<void>
}

/** Keeps the doors of those networks open that there are. */
export interface Doors {
  /** @param networks all that there are now: of those that are gone the doors are closed and what came through them is cut */
  keep(networks: readonly Network[]): void
  close(graceMs: number): Promise<void>
}

type Entry = { network: Network; doors: Door[]; missing: Door[]; complained: Set<string> }

/** An address is there some milliseconds after its bridge; until then, and for as long after a change, we try often. */
const eager = { everyMs: 50, forMs: 2_000 }
const patientMs = 2_000

/** @param make the doors of a network; it is asked for as it is at the time */
export function createDoors({ make, log }: { make(network: () => Network): Door[]; log: Log }): Doors {
  const entries = new Map<string, Entry>()
  const closing = new AbortController()
  let eagerUntil = 0
  let running: Promise<void> | undefined

  function keep(networks: readonly Network[]): void {
    const wanted = new Map(networks.map((network) => [keyOf(network), network]))
    for (const [key, { doors }] of entries) {
      if (wanted.has(key)) continue
      entries.delete(key)
      for (const door of doors) void door.close(0)
    }
    for (const [key, network] of wanted) {
      const known = entries.get(key)
      if (known) known.network = network
      else entries.set(key, entryOf(network))
    }
    eagerUntil = Date.now() + eager.forMs
    if (incomplete().length > 0 && !closing.signal.aborted) running ??= openAll().finally(() => (running = undefined))
  }

  const incomplete = () => [...entries.values()].filter(({ missing }) => missing.length > 0)

  function entryOf(network: Network): Entry {
    const entry: Entry = { network, doors: [], missing: [], complained: new Set() }
    entry.doors = make(() => entry.network)
    entry.missing = [...entry.doors]
    return entry
  }

  /** Until all are open: a bridge is made when the first instance starts, and nobody tells. */
  async function openAll(): Promise<void> {
    let [links, triedAt] = ['', 0]
    do {
      const now = Date.now()
      const seen = await linkNames()
      if (seen !== links) eagerUntil = now + eager.forMs
      links = seen
      if (now < eagerUntil || now - triedAt > patientMs) {
        triedAt = now
        await Promise.all(incomplete().map(tryToOpen))
      }
      await pause(eager.everyMs, undefined, { signal: closing.signal, ref: false }).catch(() => {}) // closing: the loop ends
    } while (incomplete().length > 0 && !closing.signal.aborted)
  }

  async function tryToOpen(entry: Entry): Promise<void> {
    for (const door of [...entry.missing]) {
      try {
        await door.open()
        entry.missing = entry.missing.filter((other) => other !== door)
        if (closing.signal.aborted || entries.get(keyOf(entry.network)) !== entry) await door.close(0)
      } catch (err) {
        if (isNotThere(err)) return
        if (!entry.complained.has(door.name))
          log.error({ err, ...entry.network, door: door.name }, 'instances of a namespace are not answered')
        entry.complained.add(door.name)
      }
    }
  }

  return {
    keep,
    async close(graceMs) {
      closing.abort()
      await running
      await Promise.all([...entries.values()].flatMap(({ doors }) => doors.map((door) => door.close(graceMs))))
      entries.clear()
    },
  }
}

const keyOf = ({ namespace, gateway, subnet }: Network): string => `${namespace} ${gateway}/${subnet.bits}`

const isNotThere = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL'

/** Interfaces of the machine; where they are not to be read like this nothing is to be seen, and we try all the same. */
const linkNames = async (): Promise<string> => (await readdir('/sys/class/net').catch(() => [])).join(' ')
