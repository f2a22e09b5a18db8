import { expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { planRust } from './plan.ts'

const cargo = '[package]\nname = "hello"\nversion = "0.1.0"\n\n[dependencies]\nserde = { version = "1", features = ["derive"] }\n'
const install = (folder: string, name: string, ...more: string[]) => [
  ['cargo', 'install', '--path', folder, '--root', '.micro', '--no-track', ...more, '--bin', name],
]

test('the program of the package', () => {
  const plan = planRust(treeOf({ 'Cargo.toml': cargo, 'Cargo.lock': '', 'src/main.rs': '' }))
  expect(plan).toMatchObject({
    detected: 'Rust (Cargo.toml)',
    startCommand: ['./.micro/bin/hello'],
    bases: { build: 'rust', run: 'debian' },
  })
  expect(plan?.steps[0]?.commands).toEqual(install('.', 'hello', '--locked'))
})

test.each([
  [
    'a [[bin]] with a name of its own',
    `${cargo}[[bin]] # the server\nname = 'server'\npath = "src/server.rs"\n`,
    { 'src/server.rs': '' },
    'server',
  ],
  ['the package’s among several', cargo, { 'src/main.rs': '', 'src/bin/tool.rs': '', 'src/bin/other/main.rs': '' }, 'hello'],
  ['default-run', cargo.replace('version', 'default-run = "tool"\nversion'), { 'src/main.rs': '', 'src/bin/tool.rs': '' }, 'tool'],
])('%s', (_, text, files, name) => {
  expect(planRust(treeOf({ 'Cargo.toml': text, ...files }))?.steps[0]?.commands).toEqual(install('.', name))
})

test('the only program of a workspace', () => {
  const files = {
    'Cargo.toml': '[workspace]\nmembers = ["api", "core"]\n',
    'api/Cargo.toml': cargo,
    'api/src/main.rs': '',
    'core/Cargo.toml': cargo,
  }
  expect(planRust(treeOf(files))?.steps[0]?.commands).toEqual(install('api', 'hello'))
})

test('several programs are named, and none is missed', () => {
  expect(planRust(treeOf({ 'Cargo.toml': cargo, 'src/bin/a.rs': '', 'src/bin/b.rs': '' }))?.missingStart).toContain(
    'several programs (a, b)',
  )
  expect(planRust(treeOf({ 'Cargo.toml': cargo, 'src/lib.rs': '' }))?.missingStart).toContain('no program')
  expect(planRust(treeOf({ 'main.rs': '' }))).toBeUndefined()
})
