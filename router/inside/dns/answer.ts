import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet, RECURSION_AVAILABLE, RECURSION_DESIRED } from 'dns-packet'

/** What is done with a query. */
export type Decision =
  | { readonly kind: 'reply'; readonly reply: Buffer }
  /** Asks the machine's resolvers. */
  | { readonly kind: 'forward' }
  /** It is no query. */
  | { readonly kind: 'drop' }

/** Names in lower case, without a dot at the end. */
export type Zone = {
  /** Whether the name is the zone's, which nobody else is asked about. */
  owns(name: string): boolean
  address(name: string): string | undefined
  /** False: nobody else is asked about other names either. */
  readonly forwards: boolean
}

const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const
type Rcode = keyof typeof rcodes

/** A service may go, or come, at any moment. */
const ttlSeconds = 5
const headerBytes = 12

export function decide(query: Buffer, zone: Zone): Decision {
  const packet = read(query)
  if (packet?.type === 'response' || query.length < headerBytes) return { kind: 'drop' }
  if (packet === undefined) return reply({ id: query.readUInt16BE(0) }, 'FORMERR')
  if (opcodeOf(packet) !== 0) return reply(packet, 'NOTIMP')
  const [question, ...others] = packet.questions ?? []
  if (question === undefined || others.length > 0) return reply(packet, 'FORMERR')
  const name = question.name.toLowerCase()
  if (!zone.owns(name)) return zone.forwards ? { kind: 'forward' } : reply(packet, 'REFUSED')
  const address = zone.address(name)
  if (address === undefined) return reply(packet, 'NXDOMAIN')
  // Without answers: there is such a name, and nothing of that type, which IPv6 is too.
  return reply(packet, 'NOERROR', question.type === 'A' ? [{ name: question.name, type: 'A', ttl: ttlSeconds, data: address }] : [])
}

/** The answer to a query that nobody could answer. */
export const serverFailure = (query: Buffer): Buffer => reply(read(query) ?? { id: query.readUInt16BE(0) }, 'SERVFAIL').reply

function reply(packet: Packet, rcode: Rcode, answers: Answer[] = []): { kind: 'reply'; reply: Buffer } {
  const asked = (packet.flags ?? 0) & RECURSION_DESIRED
  const flags = asked | RECURSION_AVAILABLE | (rcode === 'NOERROR' || rcode === 'NXDOMAIN' ? AUTHORITATIVE_ANSWER : 0) | rcodes[rcode]
  return { kind: 'reply', reply: encode({ type: 'response', id: packet.id ?? 0, flags, questions: packet.questions ?? [], answers }) }
}

function read(query: Buffer): Packet | undefined {
  try {
    return decode(query)
  } catch {
    // Whatever it is, it is not well-formed.
    return undefined
  }
}

const opcodeOf = ({ flags = 0 }: Packet): number => (flags >> 11) & 0xf
