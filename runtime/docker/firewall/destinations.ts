import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** As the engine does for a build: of those of systemd-resolved, which are on loopback, it takes the ones behind. */
const resolverFiles = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']
const lookupMs = 2_000

/** Addresses of the resolvers that a build is given. */
export async function buildResolvers(files: readonly string[] = resolverFiles): Promise<string[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => ''))) // most machines lack the second
  const addresses = texts.flatMap((text) => [...text.matchAll(/^[ \t]*nameserver[ \t]+(\S+)/gm)].map(([, address]) => address ?? ''))
  return [...new Set(addresses.filter((address) => isIP(address) !== 0 && !/^(127\.|::1$)/.test(address)))]
}

/** Networks as they are, and hosts by their addresses, which are those of before while they cannot be looked up. */
export function createDestinations(entries: readonly string[]): () => Promise<string[]> {
  const known = new Map<string, string[]>()

  async function resolve(entry: string): Promise<string[]> {
    if (isIP(entry.split('/')[0] ?? '')) return [entry]
    const found = lookup(entry, { all: true }).then((all) => all.map(({ address }) => address))
    const late = pause(lookupMs, undefined, { ref: false })
    const addresses = await Promise.race([found, late]).catch(() => undefined) // no such host now
    if (addresses) known.set(entry, addresses)
    return known.get(entry) ?? []
  }

  return async () => [...new Set((await Promise.all(entries.map(resolve))).flat())].sort()
}
