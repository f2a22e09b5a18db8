import { expect, test } from 'vitest'
import { bases } from './base.ts'
import type { Machine } from './machine.ts'
import { dockerfileOf } from './make.ts'
import { recipeOf } from './recipe.ts'

const bare: Machine = {
  path: '/usr/bin',
  codename: 'bookworm',
  aptSources: [],
  authorities: {},
  node: '/opt/node',
  npm: '/opt/npm',
  go: undefined,
  rust: undefined,
}
const equipped: Machine = { ...bare, authorities: { 'office.crt': 'PEM' }, go: '/usr/local/go', rust: '/opt/rust' }

test('Debian gets the certificates that the machine trusts beside its own', () => {
  expect(recipeOf('debian', equipped)).toMatchObject({ parent: 'packages', texts: { 'authorities/office.crt': 'PEM' } })
  const lines = dockerfileOf(recipeOf('debian', equipped), 'micro/packages').split('\n')
  expect(lines.slice(0, 3)).toEqual([
    'FROM micro/packages',
    'COPY authorities/ /usr/local/share/ca-certificates/',
    'RUN ["update-ca-certificates"]',
  ])
  expect(dockerfileOf(recipeOf('debian', bare), 'x')).not.toContain('COPY')
})

test('Node.js is this machine’s', () => {
  expect(recipeOf('node', bare)).toMatchObject({ parent: 'debian', copies: { node: '/opt/node', npm: '/opt/npm' } })
})

test('Go and Rust are this machine’s, else the newest of the module proxy and Debian’s', () => {
  expect(recipeOf('go', equipped).context?.directory).toBe('/usr/local/go')
  expect(recipeOf('rust', equipped).context?.directory).toBe('/opt/rust')
  const lines = dockerfileOf(recipeOf('go', bare), 'micro/debian:1').split('\n')
  expect(lines[0]).toBe('FROM micro/debian:1 AS toolchain')
  expect(lines).toContainEqual(
    expect.stringMatching(/^RUN \["go","mod","download","golang.org\/toolchain@v0.0.1-go1\.\d+\.\d+.linux-amd64"\]$/),
  )
  expect(lines.slice(-4, -1)).toEqual([
    'FROM micro/debian:1',
    'COPY --from=toolchain /usr/local/go /usr/local/go',
    'ENV PATH=/usr/local/go/bin:$PATH',
  ])
  expect(dockerfileOf(recipeOf('rust', bare), 'x')).toContain('"cargo"')
})

test.each(bases)('%s ends in Debian’s packages', (base) => {
  let parent = recipeOf(base, bare).parent
  for (let steps = 0; parent !== 'packages' && steps < 5; steps++) parent = recipeOf(parent, bare).parent
  expect(parent).toBe('packages')
})
