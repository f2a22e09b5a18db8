import { describe, expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import type { PlanOptions } from '../plan.ts'
import { planNode } from './plan.ts'

const machine: PlanOptions = { images: false, has: () => false }
const plan = (json: object, files: Record<string, string> = {}, options = {}) =>
  planNode(treeOf({ 'package.json': JSON.stringify(json), ...files }), { ...machine, ...options })
const commands = (json: object, files: Record<string, string> = {}, options = {}) =>
  plan(json, files, options)?.steps.flatMap((step) => step.commands)
const npmInstall = ['npm', 'install', '--no-audit', '--no-fund', '--no-progress', '--ignore-scripts=false']

describe('start', () => {
  test.each<[string, object, Record<string, string>, unknown]>([
    [
      'a plain start script runs without npm',
      { scripts: { start: 'node --enable-source-maps src/server.js' } },
      {},
      ['node', '--enable-source-maps', 'src/server.js'],
    ],
    [
      'one that needs a shell stays a command line',
      { scripts: { start: 'NODE_ENV=x node a.js && echo "b"' } },
      {},
      'NODE_ENV=x node a.js && echo "b"',
    ],
    ['one with a prestart needs npm', { scripts: { prestart: 'x', start: 'node a.js' } }, {}, 'npm start'],
    ['main', { main: './lib/main.js' }, { 'lib/main.js': '' }, ['node', 'lib/main.js']],
    ['main that the build makes', { main: 'dist/x.js', scripts: { build: 'tsc' } }, {}, ['node', 'dist/x.js']],
    ['main that is not there gives way', { main: 'gone.js' }, { 'index.js': '' }, ['node', 'index.js']],
    ['server before index', {}, { 'index.js': '', 'server.js': '' }, ['node', 'server.js']],
    ['TypeScript as it is', {}, { 'src/index.ts': '' }, ['node', 'src/index.ts']],
    ['nothing', {}, { 'lib/x.js': '' }, undefined],
  ])('%s', (_, json, files, start) => {
    expect(plan(json, files)?.startCommand).toEqual(start)
  })

  test('a server.js alone is Node.js', () => {
    expect(planNode(treeOf({ 'server.js': '' }), machine)).toMatchObject({
      detected: 'Node.js (server.js)',
      steps: [],
      startCommand: ['node', 'server.js'],
    })
    expect(planNode(treeOf({ 'readme.md': '' }), machine)).toBeUndefined()
  })
})

describe('install and build', () => {
  test('without dependencies nothing runs', () => {
    expect(commands({ devDependencies: { vitest: '5' }, scripts: { start: 'node x.js' } })).toEqual([])
  })

  test('dependencies are installed without those for development', () => {
    expect(commands({ dependencies: { a: '1' } })).toEqual([[...npmInstall, '--omit=dev']])
  })

  test('a build gets those for development, which are taken away after it', () => {
    expect(commands({ dependencies: { a: '1' }, devDependencies: { b: '1' }, scripts: { build: 'tsc' } })).toEqual([
      [...npmInstall, '--include=dev'],
      ['npm', 'run', 'build'],
      ['npm', 'prune', '--no-audit', '--no-fund', '--no-progress', '--omit=dev'],
    ])
  })

  test('a build without dependencies installs nothing', () => {
    expect(commands({ scripts: { build: 'node build.js' } })).toEqual([['npm', 'run', 'build']])
  })

  test('a build command that was given takes the place of the script', () => {
    expect(commands({ scripts: { build: 'tsc' } }, {}, { buildCommand: 'make && true' })).toEqual(['make && true'])
  })

  test('the lock file says which package manager', () => {
    const json = { dependencies: { a: '1' } }
    expect(commands(json, { 'pnpm-lock.yaml': '' })).toEqual([['pnpm', 'install', '--frozen-lockfile', '--prod']])
    expect(commands(json, { 'yarn.lock': '' })?.[0]?.[0]).toBe('yarn')
    expect(commands(json, { 'yarn.lock': '', 'package-lock.json': '{}' })?.[0]?.[0]).toBe('npm')
    expect(plan(json, { 'pnpm-lock.yaml': '' })?.steps[0]?.missing).toContain("needs pnpm (it has a pnpm-lock.yaml), which isn't installed")
  })
})

describe('what an install is kept by', () => {
  const key = (json: object, files: Record<string, string> = {}) => plan(json, files)?.steps[0]?.cache?.key

  test('dependencies and the lock, not scripts or versions', () => {
    const one = key({ version: '1.0.0', scripts: { start: 'node a.js' }, dependencies: { a: '1' } }, { 'package-lock.json': '1' })
    expect(key({ version: '2.0.0', scripts: { start: 'node b.js' }, dependencies: { a: '1' } }, { 'package-lock.json': '1' })).toEqual(one)
    expect(key({ dependencies: { a: '2' } }, { 'package-lock.json': '1' })).not.toEqual(one)
    expect(key({ dependencies: { a: '1' } }, { 'package-lock.json': '2' })).not.toEqual(one)
    expect(key({ dependencies: { a: '1' } }, { 'package-lock.json': '1', '.npmrc': 'x=y' })).not.toEqual(one)
  })

  test.each([
    { dependencies: { a: 'file:../a' } },
    { dependencies: { a: '1' }, workspaces: ['x'] },
    { dependencies: { a: '1' }, scripts: { postinstall: 'node x.js' } },
  ])('an install that reads the source itself is not kept: %j', (json) => {
    expect(plan(json)?.steps[0]).toBeDefined()
    expect(plan(json)?.steps[0]?.cache).toBeUndefined()
  })
})

test.each(['{', '[]', '"x"'])('a package.json that is %s is named', (text) => {
  expect(() => planNode(treeOf({ 'package.json': text }), machine)).toThrow('package.json cannot be read')
})
