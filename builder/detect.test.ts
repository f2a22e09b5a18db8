import { expect, test } from 'vitest'
import type { PlatformError } from '../lib/errors.ts'
import { treeOf } from '../testing/source-tree.ts'
import type { Settings } from './builder.ts'
import { detect } from './detect.ts'

const of = (files: Record<string, string>, settings: Partial<Settings> = {}) => detect(treeOf(files), { settings, has: () => false })

function failure(files: Record<string, string>, settings: Partial<Settings> = {}): PlatformError {
  try {
    of(files, settings)
  } catch (error) {
    return error as PlatformError
  }
  throw new Error('It was recognised.')
}

const packageJson = JSON.stringify({ scripts: { start: 'node x.js' }, dependencies: { a: '1' } })

test.each<[Record<string, string>, string]>([
  [{ 'package.json': packageJson }, 'Node.js (package.json)'],
  [{ 'package.json': packageJson, 'index.html': '' }, 'Node.js (package.json)'],
  [{ 'go.mod': 'module x', 'main.go': 'package main', 'package.json': packageJson }, 'Go (go.mod)'],
  [{ 'main.py': '', 'package.json': '{}' }, 'Python (main.py)'],
  [{ 'index.html': '', 'package.json': '{}' }, 'Static site (index.html)'],
  [{ 'index.html': '', 'app.js': '', 'index.js': '' }, 'Static site (index.html)'],
  [{ 'index.html': '', 'server.js': '' }, 'Node.js (server.js)'],
  [{ Procfile: 'web: ./run' }, 'Procfile'],
])('%j is %s', (files, detected) => {
  expect(of(files).detected).toBe(detected)
})

test('a Procfile says how it starts; the language is still built', () => {
  const plan = of({ Procfile: 'web: node y.js', 'package.json': packageJson })
  expect(plan).toMatchObject({ detected: 'Node.js (package.json)', startCommand: 'node y.js' })
  expect(plan.steps).toHaveLength(1)
  expect(of({ Procfile: 'web: node y.js', 'package.json': JSON.stringify({ dependencies: { a: '1' } }) })).toMatchObject({
    detected: 'Node.js (package.json)',
    startCommand: 'node y.js',
  })
})

test('settings win over everything', () => {
  expect(of({ Procfile: 'web: x', 'package.json': packageJson }, { startCommand: ['node', 'z.js'] }).startCommand).toEqual(['node', 'z.js'])
  expect(of({ 'go.mod': 'module x', 'main.go': 'package main' }, { buildCommand: 'make' }).steps).toEqual([
    { title: 'make', commands: ['make'] },
  ])
})

test('a start command is enough', () => {
  expect(of({ 'tool.rb': '' }, { startCommand: 'ruby tool.rb', buildCommand: 'true' })).toMatchObject({
    startCommand: 'ruby tool.rb',
    steps: [{ title: 'true' }],
  })
})

test('what is not recognised says what was looked for and found', () => {
  const error = failure({ 'Cargo.toml': '', 'src/main.rs': '', 'src/lib.rs': '' })
  expect(error).toMatchObject({ code: 'failed_precondition', details: { reason: 'SOURCE_NOT_RECOGNISED' } })
  for (const part of ['package.json', 'go.mod', 'requirements.txt', 'index.html', 'Procfile', 'Found: Cargo.toml, src/.'])
    expect(error.message).toContain(part)
})

test('a Dockerfile needs a runtime for containers; another kind beside it is built', () => {
  expect(failure({ Dockerfile: 'FROM scratch' }).message).toContain('containers need a Docker runtime')
  expect(of({ Dockerfile: '', 'package.json': packageJson })).toMatchObject({
    detected: 'Node.js (package.json)',
    notes: [expect.stringContaining('Docker runtime')],
  })
})

test('recognised without a start command says how to give one', () => {
  expect(failure({ 'package.json': '{}' })).toMatchObject({
    message: expect.stringContaining('Recognised Node.js (package.json), but not how it starts. package.json has no start script'),
    details: { hint: expect.stringContaining('micro.yaml') },
  })
})

test('an empty source is empty', () => {
  expect(failure({})).toMatchObject({ details: { reason: 'SOURCE_EMPTY' } })
})
