import { access, readFile, writeFile } from 'node:fs/promises'
import { PlatformError } from '../../../lib/errors.ts'
import { exec } from '../../../lib/exec.ts'
import { buildResolvers, createDestinations } from './destinations.ts'
import { applying, removing } from './restore.ts'
import { type Place, type Table, tablesOf } from './rules.ts'

export type FirewallOptions = Place & {
  /** Networks, addresses and hosts that instances and builds may reach although they are private: MICRO_EGRESS_ALLOW. */
  egressAllow: readonly string[]
  /** Where the machine's resolvers are configured; only tests say so. */
  resolverFiles?: readonly string[]
}

/** What instances and builds on this machine may reach: ADR 0014. */
export interface DockerFirewall {
  /**
   * Makes the rules of the machine so, whatever they were before. Idempotent; calls are done one after the other.
   * @param wanted.closed subnets of namespaces whose instances reach nothing outside
   * @throws PlatformError `failed_precondition` saying what is missing
   */
  apply(wanted: { closed: readonly string[] }): Promise<void>
  /** Takes all rules of this installation out. */
  remove(): Promise<void>
}

/** @returns why this machine cannot have one, as a sentence; nothing runs isolated then */
export async function whyNoFirewall(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'Only Linux can isolate containers from each other by rules of ours.'
  if (process.getuid?.() !== 0) return 'Only root can set the firewall rules that isolate namespaces from each other.'
  const missing = await run(['iptables', '--version']).catch(() => undefined)
  return missing?.code === 0 ? undefined : 'The program iptables, which isolates namespaces from each other, is not installed.'
}

export function createFirewall(options: FirewallOptions): DockerFirewall {
  const allowed = createDestinations(options.egressAllow)
  let queue: Promise<unknown> = Promise.resolve()

  function next(work: () => Promise<void>): Promise<void> {
    const done = queue.then(work)
    queue = done.catch(() => undefined) // told to whoever called
    return done
  }

  /** Of each family that the machine has, what is to be there. */
  async function families(closed: readonly string[]): Promise<[Family, Table[]][]> {
    const tables = tablesOf(options, { closed, allow: await allowed(), resolvers: await buildResolvers(options.resolverFiles) })
    const known: Family[] = (await hasIPv6()) ? [4, 6] : [4]
    return known.map((family) => [family, tables.filter((table) => table.family === family)])
  }

  return {
    apply: ({ closed }) =>
      next(async () => {
        for (const [family, tables] of await families(closed)) await restore(family, applying(tables, await saved(family)))
        await passBridgesThroughRules()
      }),
    remove: () =>
      next(async () => {
        for (const [family, tables] of await families([])) await restore(family, removing(tables, await saved(family)))
      }),
  }
}

type Family = Table['family']
const programs = { 4: 'iptables', 6: 'ip6tables' } as const
/** For whoever else changes rules just now. */
const lockSeconds = '10'

async function saved(family: Family): Promise<string> {
  const { code, stdout, stderr } = await run([`${programs[family]}-save`])
  if (code !== 0) throw failed(`read the rules of IPv${family}: ${stderr}`)
  if (family === 4 && !stdout.includes('\n:DOCKER-USER '))
    throw failed('find the chain DOCKER-USER', 'The Docker engine makes it: start it, with `iptables` enabled in its configuration.')
  return stdout
}

async function restore(family: Family, input: string): Promise<void> {
  const { code, stderr } = await run([`${programs[family]}-restore`, '-w', lockSeconds, '--noflush'], input)
  if (code !== 0) throw failed(`set the rules of IPv${family}: ${stderr}`)
}

/** Builds share one bridge, and what passes between two of its ports is looked at with this setting only. */
async function passBridgesThroughRules(): Promise<void> {
  const setting = '/proc/sys/net/bridge/bridge-nf-call-iptables'
  const value = await readFile(setting, 'utf8').catch(() => undefined) // the kernel looks at no bridge at all
  if (value === undefined) throw failed(`look at what passes a bridge: there is no ${setting}`, 'Load the kernel module br_netfilter.')
  if (value.trim() !== '1') await writeFile(setting, '1')
}

const hasIPv6 = (): Promise<boolean> =>
  access('/proc/net/if_inet6').then(
    () => true,
    () => false,
  )

/** Nothing of the platform's environment; in the language that we read. */
const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }

const run = (argv: readonly string[], input?: string) => exec(argv, { env, timeoutMs: 20_000, ...(input === undefined ? {} : { input }) })

const failed = (what: string, hint = 'Nothing is started without it. See docs/operating.md, Networks.'): PlatformError =>
  new PlatformError('failed_precondition', `The firewall that isolates namespaces cannot ${what.trim()}.`, {
    reason: 'FIREWALL_FAILED',
    hint,
  })
