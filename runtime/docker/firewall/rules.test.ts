import { expect, test } from 'vitest'
import { applying, removing } from './restore.ts'
import { chainPrefix, type Table, tablesOf } from './rules.ts'

const place = { installation: 'acme', pool: '10.208.0.0/12', port: 8080, buildBridge: 'docker0' }
const wanted = { closed: ['10.208.3.0/24'], allow: ['10.9.0.0/16', '192.168.7.7', 'fd12::/16'], resolvers: ['10.0.0.2', 'fd00::2'] }
const prefix = chainPrefix('acme')

const tables = tablesOf(place, wanted)
const of = (family: number, name: string) =>
  tables.find((table) => table.family === family && table.table === name) ?? expect.fail('no table')
const chain = (table: Table, name: string) =>
  (table.chains[`${prefix}${name}`] ?? expect.fail(`no ${name}`)).map((rule) => rule.replaceAll(prefix, ''))

test('chains have names that the kernel takes, and that no other installation has', () => {
  for (const { chains } of tables) for (const name of Object.keys(chains)) expect(name.length).toBeLessThanOrEqual(28)
  expect(chainPrefix('other')).not.toBe(prefix)
})

test('instances get to the router and its DNS on their own gateway, by well-known ports', () => {
  expect(chain(of(4, 'nat'), 'ports')).toEqual([
    '-m addrtype ! --dst-type LOCAL --limit-iface-in -j RETURN',
    '-p tcp -m multiport --dports 80,8080 -j REDIRECT --to-ports 10080',
    '-p tcp --dport 53 -j REDIRECT --to-ports 10053',
    '-p udp --dport 53 -j REDIRECT --to-ports 10053',
  ])
  expect(chain(of(4, 'filter'), 'in')).toEqual([
    '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-p tcp -m addrtype --dst-type LOCAL --limit-iface-in -m multiport --dports 10080,10053 -j ACCEPT',
    '-p udp -m addrtype --dst-type LOCAL --limit-iface-in --dport 10053 -j ACCEPT',
    '-d 10.208.0.0/12 -j refuse',
    '-d 192.168.7.7 -j RETURN',
    '-j refuse',
  ])
  expect(chain(tablesOf({ ...place, port: 80 }, wanted)[0] ?? expect.fail('none'), 'ports')[1]).toContain('--dports 80 ')
})

test('what is closed comes before what is known, what is never open before what is allowed, and that before what is private', () => {
  const out = chain(of(4, 'filter'), 'out')
  const order = [
    '-m physdev --physdev-is-bridged -j RETURN',
    '-s 10.208.3.0/24 -j refuse',
    '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
    '-d 10.208.0.0/12 -j refuse',
    '-d 169.254.169.254/32 -j refuse',
    '-d 10.9.0.0/16 -j RETURN',
    '-d 10.0.0.0/8 -j refuse',
  ]
  expect(order.map((rule) => out.indexOf(rule))).toEqual(order.map((rule) => out.indexOf(rule)).toSorted((a, b) => a - b))
  expect(order.every((rule) => out.includes(rule))).toBe(true)
  expect(out).not.toContain('-d fd12::/16 -j RETURN')
})

test('builds get to the machine’s resolvers, of either family, and to single addresses of the machine that are allowed', () => {
  expect(chain(of(4, 'filter'), 'build-in')).toEqual([
    '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
    '-d 10.0.0.2 -p udp --dport 53 -j RETURN',
    '-d 10.0.0.2 -p tcp --dport 53 -j RETURN',
    '-d 10.208.0.0/12 -j refuse',
    '-d 192.168.7.7 -j RETURN',
    '-j refuse',
  ])
  expect(chain(of(6, 'filter'), 'build-out')).toEqual(
    expect.arrayContaining(['-d fd00::2 -p udp --dport 53 -j RETURN', '-d fd12::/16 -j RETURN']),
  )
  expect(chain(of(6, 'filter'), 'none')).toEqual(['-j DROP'])
})

/** What `iptables-save` would say of the built-in chains. */
const saved = (rules: Record<string, string[]>) =>
  Object.entries(rules)
    .map(([table, lines]) => `# Generated\n*${table}\n:INPUT ACCEPT [0:0]\n${lines.join('\n')}\nCOMMIT\n`)
    .join('')
const filter = of(4, 'filter')
const jumps = filter.jumps.map(({ from, rule }) => `-A ${from} ${rule}`)
const changes = (text: string) => text.split('\n').filter((line) => /^-[ID] /.test(line))

test('jumps that stand first are left alone, those of another installation before them too', () => {
  const other = `-A INPUT -i mcr+ -j ${chainPrefix('other')}in`
  expect(changes(applying([filter], saved({ nat: ['-A INPUT -j X'], filter: [other, ...jumps, '-A INPUT -j LOG'] })))).toEqual([])
})

test('jumps that are missing are put first, in their order', () => {
  expect(changes(applying([filter], saved({ filter: ['-A INPUT -j LOG', '-A DOCKER-USER -j RETURN'] })))).toEqual([
    `-I INPUT 1 -i docker0 -j ${prefix}build-in`,
    `-I INPUT 1 -s 10.208.0.0/12 -i mcr+ -j ${prefix}in`,
    `-I DOCKER-USER 1 -i docker0 -j ${prefix}build-out`,
    `-I DOCKER-USER 1 -d 10.208.0.0/12 -o mcr+ -j ${prefix}into`,
    `-I DOCKER-USER 1 -s 10.208.0.0/12 -i mcr+ -j ${prefix}out`,
  ])
})

test('jumps behind others, twice, or of an earlier pool, are put in order', () => {
  const [input] = jumps
  const late = changes(applying([filter], saved({ filter: ['-A INPUT -j LOG', ...jumps] })))
  expect(late.filter((line) => line.startsWith('-D'))).toEqual([
    `-D INPUT -s 10.208.0.0/12 -i mcr+ -j ${prefix}in`,
    `-D INPUT -i docker0 -j ${prefix}build-in`,
  ])
  expect(changes(applying([filter], saved({ filter: [input ?? '', ...jumps] }))).length).toBe(5)
  const earlier = `-A INPUT -s 10.64.0.0/16 -i mcr+ -j ${prefix}in`
  expect(changes(applying([filter], saved({ filter: [earlier, ...jumps] })))).toContain(earlier.replace('-A', '-D'))
})

test('all of it can be taken out, whether it is there or not', () => {
  const text = removing([filter], saved({ filter: jumps }))
  expect(changes(text)).toEqual(jumps.map((jump) => jump.replace('-A', '-D')))
  for (const name of Object.keys(filter.chains)) expect(text).toMatch(new RegExp(`:${name} - [^]*-X ${name}\n`))
  expect(changes(removing([filter], saved({ filter: [] })))).toEqual([])
})
