import { familyPrefix, type Table } from './rules.ts'

/**
 * What `iptables-restore --noflush` is given so that these tables of one family are as they should be: our chains anew, all at once, and the
 * jumps into them put first where they are not.
 * @param saved what `iptables-save` says
 */
export function applying(tables: readonly Table[], saved: string): string {
  return tables.map((table) => script(table.table, [...declarations(table), ...rulesOf(table), ...jumpsOf(table, saved)])).join('')
}

/** Takes all of it out again. */
export function removing(tables: readonly Table[], saved: string): string {
  return tables
    .map((table) => {
      const removals = sources(table).flatMap((from) => ours(rulesIn(saved, table.table, from), table).map((rule) => `-D ${from} ${rule}`))
      // Declared, a chain that is not there can be deleted as well, and one that is gets empty.
      return script(table.table, [...declarations(table), ...removals, ...Object.keys(table.chains).map((name) => `-X ${name}`)])
    })
    .join('')
}

const script = (table: string, lines: readonly string[]): string => `*${table}\n${lines.join('\n')}\nCOMMIT\n`
const declarations = ({ chains }: Table): string[] => Object.keys(chains).map((name) => `:${name} - [0:0]`)
const rulesOf = ({ chains }: Table): string[] =>
  Object.entries(chains).flatMap(([name, rules]) => rules.map((rule) => `-A ${name} ${rule}`))
const sources = ({ jumps }: Table): string[] => [...new Set(jumps.map(({ from }) => from))]

function jumpsOf(table: Table, saved: string): string[] {
  return sources(table).flatMap((from) => {
    const there = rulesIn(saved, table.table, from)
    const wanted = table.jumps.filter((jump) => jump.from === from).map(({ rule }) => rule)
    const known = ours(there, table)
    if (stand(there, wanted) && known.length === wanted.length) return []
    return [...known.map((rule) => `-D ${from} ${rule}`), ...wanted.toReversed().map((rule) => `-I ${from} 1 ${rule}`)]
  })
}

/** Before them are none but those of other installations. */
function stand(there: readonly string[], wanted: readonly string[]): boolean {
  const foreign = there.findIndex((rule) => !rule.includes(` -j ${familyPrefix}`))
  const first = foreign < 0 ? there : there.slice(0, foreign)
  return wanted.every((rule) => first.includes(rule))
}

const ours = (there: readonly string[], { chains }: Table): string[] =>
  there.filter((rule) => Object.keys(chains).some((name) => rule.endsWith(` -j ${name}`)))

/** Of one chain, in their order, without `-A CHAIN `. */
function rulesIn(saved: string, table: string, chain: string): string[] {
  const section = saved.split(/^\*/m).find((text) => text.startsWith(`${table}\n`)) ?? ''
  const start = `-A ${chain} `
  return section
    .split('\n')
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length).trim())
}
