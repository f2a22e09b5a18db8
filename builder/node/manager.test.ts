import { expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { managerOf } from './manager.ts'
import { parsePackageJson } from './package-json.ts'

const manager = (files: Record<string, string>, json: object = {}, images = true) =>
  managerOf(treeOf(files), parsePackageJson(JSON.stringify(json)), { images })
const fetched = (name: string, program: string) => ['npm', 'exec', '--yes', `--package=${name}`, '--', program]

test.each([
  ["lockfileVersion: '9.0'", {}, 'pnpm@10'],
  ["lockfileVersion: '6.0'", {}, 'pnpm@8'],
  ['lockfileVersion: 5.4', {}, 'pnpm@7'],
  ["lockfileVersion: '9.0'", { packageManager: 'pnpm@9.12.3+sha512.abc' }, 'pnpm@9.12.3'],
])('in an image pnpm comes in the version that %s and %j want', (lock, json, name) => {
  expect(manager({ 'pnpm-lock.yaml': lock }, json).install({ development: false })).toEqual([
    ...fetched(name, 'pnpm'),
    'install',
    '--frozen-lockfile',
    '--prod',
  ])
})

test('in an image yarn comes in the version of its lock', () => {
  expect(manager({ 'yarn.lock': '# yarn lockfile v1\n' }).run('build')).toEqual([...fetched('yarn@1', 'yarn'), 'run', 'build'])
  const modern = manager({ 'yarn.lock': '# generated\n\n__metadata:\n  version: 8\n' })
  expect(modern.install({ development: true })).toEqual([
    'env',
    'YARN_NODE_LINKER=node-modules',
    'YARN_ENABLE_GLOBAL_CACHE=true',
    ...fetched('@yarnpkg/cli-dist@4', 'yarn'),
    'install',
    '--immutable',
  ])
})

test('on a machine it is the machine’s own', () => {
  expect(manager({ 'pnpm-lock.yaml': '' }, {}, false).run('build')).toEqual(['pnpm', 'run', 'build'])
  expect(manager({ 'yarn.lock': '' }, {}, false).run('build')).toEqual(['yarn', 'run', 'build'])
})

test('npm when nothing else is named', () => {
  expect(manager({}).name).toBe('npm')
  expect(manager({ 'yarn.lock': '', 'package-lock.json': '{}' }).name).toBe('npm')
})
