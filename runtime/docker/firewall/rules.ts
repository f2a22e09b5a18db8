import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { insidePorts } from '../../../lib/inside-ports.ts'
import { metadataAddresses, metadataAddresses6, privateRanges, privateRanges6 } from './ranges.ts'

export type Place = {
  /** Tells apart installations on one machine, each of which has chains and a pool of its own. */
  installation: string
  /** Networks of namespaces: 10.208.0.0/12. */
  pool: string
  /** Of the router, as instances know it. */
  port: number
  /** The engine's default one, which builds are on: docker0. */
  buildBridge: string
}

export type Wanted = {
  /** Subnets of namespaces whose instances reach nothing outside. */
  closed: readonly string[]
  /** Networks that instances and builds may reach although they are private; single addresses may be this machine's own. */
  allow: readonly string[]
  /** Of builds: addresses of the machine's resolvers. */
  resolvers: readonly string[]
}

/** A table of one family: our own chains with all their rules, and who jumps into them. */
export type Table = {
  readonly family: 4 | 6
  readonly table: 'filter' | 'nat'
  readonly chains: Readonly<Record<string, readonly string[]>>
  /** In the order in which they are to stand, as `iptables -S` writes them. */
  readonly jumps: readonly { readonly from: string; readonly rule: string }[]
}

/** Of the networks of namespaces: `bridgeName` of the driver. */
const bridges = 'mcr+'

/** At once, where ICMP messages are limited to some a second. */
const resetTcp = '-p tcp -j REJECT --reject-with tcp-reset'
const known = '-m conntrack --ctstate RELATED,ESTABLISHED'
const within = '-m physdev --physdev-is-bridged'
const toGateway = '-m addrtype --dst-type LOCAL --limit-iface-in'

/** Every rule there is, and nothing of the machine looked at. */
export function tablesOf({ installation, pool, port, buildBridge }: Place, { closed, allow, resolvers }: Wanted): Table[] {
  const chain = (name: string) => `${chainPrefix(installation)}${name}`
  const refuse = `-j ${chain('refuse')}`
  const [allow4, allow6] = byFamily(allow)
  const [resolvers4, resolvers6] = byFamily(resolvers)
  const never = [pool, ...metadataAddresses]
  const outside = [
    ...never.map((range) => `-d ${range} ${refuse}`),
    ...allow4.map((range) => `-d ${range} -j RETURN`),
    ...privateRanges.map((range) => `-d ${range} ${refuse}`),
  ]
  const outside6 = [
    ...metadataAddresses6.map((range) => `-d ${range} ${refuse}`),
    ...allow6.map((range) => `-d ${range} -j RETURN`),
    ...privateRanges6.map((range) => `-d ${range} ${refuse}`),
  ]
  const machine = (ranges: readonly string[]) => ranges.filter(isSingle).map((range) => `-d ${range} -j RETURN`)

  return [
    {
      family: 4,
      table: 'nat',
      chains: {
        [chain('ports')]: [
          `-m addrtype ! --dst-type LOCAL --limit-iface-in -j RETURN`,
          `-p tcp -m multiport --dports ${[...new Set([80, port])]} -j REDIRECT --to-ports ${insidePorts.http}`,
          `-p tcp --dport 53 -j REDIRECT --to-ports ${insidePorts.dns}`,
          `-p udp --dport 53 -j REDIRECT --to-ports ${insidePorts.dns}`,
        ],
      },
      jumps: [{ from: 'PREROUTING', rule: `-s ${pool} -i ${bridges} -j ${chain('ports')}` }],
    },
    {
      family: 4,
      table: 'filter',
      chains: {
        [chain('refuse')]: [resetTcp, '-j REJECT --reject-with icmp-admin-prohibited'],
        [chain('in')]: [
          `${known} -j ACCEPT`,
          `-p tcp ${toGateway} -m multiport --dports ${insidePorts.http},${insidePorts.dns} -j ACCEPT`,
          `-p udp ${toGateway} --dport ${insidePorts.dns} -j ACCEPT`,
          `-d ${pool} ${refuse}`,
          ...machine(allow4),
          refuse,
        ],
        [chain('out')]: [`${within} -j RETURN`, ...closed.map((subnet) => `-s ${subnet} ${refuse}`), `${known} -j RETURN`, ...outside],
        [chain('into')]: [`${within} -j RETURN`, `${known} -j RETURN`, refuse],
        [chain('build-in')]: [`${known} -j RETURN`, ...resolving(resolvers4), `-d ${pool} ${refuse}`, ...machine(allow4), refuse],
        [chain('build-out')]: [`${known} -j RETURN`, ...resolving(resolvers4), ...outside],
      },
      jumps: [
        { from: 'INPUT', rule: `-s ${pool} -i ${bridges} -j ${chain('in')}` },
        { from: 'INPUT', rule: `-i ${buildBridge} -j ${chain('build-in')}` },
        { from: 'DOCKER-USER', rule: `-s ${pool} -i ${bridges} -j ${chain('out')}` },
        { from: 'DOCKER-USER', rule: `-d ${pool} -o ${bridges} -j ${chain('into')}` },
        { from: 'DOCKER-USER', rule: `-i ${buildBridge} -j ${chain('build-out')}` },
      ],
    },
    {
      family: 6,
      table: 'filter',
      chains: {
        [chain('refuse')]: [resetTcp, '-j REJECT --reject-with icmp6-adm-prohibited'],
        // Networks of namespaces have no IPv6: what comes from there is not meant to be.
        [chain('none')]: ['-j DROP'],
        [chain('build-in')]: [
          `${known} -j RETURN`,
          ...neighbours.map((type) => `-p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j RETURN`),
          ...resolving(resolvers6),
          ...machine(allow6),
          refuse,
        ],
        [chain('build-out')]: [`${known} -j RETURN`, ...resolving(resolvers6), ...outside6],
      },
      jumps: [
        { from: 'INPUT', rule: `-i ${bridges} -j ${chain('none')}` },
        { from: 'INPUT', rule: `-i ${buildBridge} -j ${chain('build-in')}` },
        { from: 'FORWARD', rule: `-i ${bridges} -j ${chain('none')}` },
        { from: 'FORWARD', rule: `-o ${bridges} -j ${chain('none')}` },
        { from: 'FORWARD', rule: `-i ${buildBridge} -j ${chain('build-out')}` },
      ],
    },
  ]
}

/** Without these IPv6 finds nobody: solicitations and advertisements of neighbours and routers. */
const neighbours = [133, 135, 136]

/** Every chain of ours, of whatever installation, begins with the first part. The kernel takes 28 characters. */
export const familyPrefix = 'MICRO-'
export const chainPrefix = (installation: string): string =>
  `${familyPrefix}${createHash('sha256').update(installation).digest('hex').slice(0, 8)}-`

const resolving = (resolvers: readonly string[]): string[] =>
  resolvers.flatMap((address) => ['udp', 'tcp'].map((protocol) => `-d ${address} -p ${protocol} --dport 53 -j RETURN`))

function byFamily(ranges: readonly string[]): [string[], string[]] {
  const is6 = (range: string) => isIPv6(range.split('/')[0] ?? '')
  return [ranges.filter((range) => !is6(range)), ranges.filter(is6)]
}

const isSingle = (range: string): boolean => !range.includes('/') || /\/(32|128)$/.test(range)
