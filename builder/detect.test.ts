import { expect, test } from 'vitest'
import type { PlatformError } from '../lib/errors.ts'
import { treeOf } from '../testing/source-tree.ts'
import type { Settings } from './builder.ts'
import { detect } from './detect.ts'

const of = (files: Record<string, string>, settings: Partial<Settings> = {}) =>
  detect(treeOf(files), { settings, images: false, has: () => false })

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
  [{ 'Cargo.toml': '[package]\nname = "x"', 'src/main.rs': '' }, 'Rust (Cargo.toml)'],
  [{ 'pom.xml': '<project/>' }, 'Java (pom.xml)'],
  [{ 'build.gradle.kts': '', 'settings.gradle.kts': '' }, 'Java (build.gradle.kts)'],
  [
    { 'package.json': JSON.stringify({ scripts: { build: 'vite build' }, devDependencies: { vite: '7' } }), 'index.html': '' },
    'Front end (vite in package.json)',
  ],
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

test('what else it could have been is told', () => {
  expect(of({ 'package.json': packageJson, 'index.html': '', Procfile: 'web: x' }).others).toEqual(['Static site (index.html)', 'Procfile'])
})

test('a command that installs, given by hand, takes the place of the kind’s own', () => {
  const steps = (files: Record<string, string>) => of(files, { installCommand: 'make deps' }).steps.map(({ title }) => title)
  expect(steps({ 'package.json': packageJson })).toEqual(['make deps'])
  expect(steps({ 'main.py': '', 'requirements.txt': 'flask' })).toEqual(['make deps'])
  expect(steps({ 'go.mod': 'module x', 'main.go': 'package main' })).toEqual(['make deps', 'go build .'])
})

test('a start command says what it needs', () => {
  const base = (startCommand: string) => of({ 'tool.rb': '' }, { startCommand }).bases.run
  expect([base('python3 tool.py'), base('java -jar x.jar'), base('./tool')]).toEqual(['python', 'java', 'node'])
})

test('a start command is enough', () => {
  expect(of({ 'tool.rb': '' }, { startCommand: 'ruby tool.rb', buildCommand: 'true' })).toMatchObject({
    startCommand: 'ruby tool.rb',
    steps: [{ title: 'true' }],
  })
})

test('what is not recognised says what was looked for and found', () => {
  const error = failure({ Gemfile: '', 'lib/app.rb': '', 'lib/x.rb': '' })
  expect(error).toMatchObject({ code: 'failed_precondition', details: { reason: 'SOURCE_NOT_RECOGNISED' } })
  for (const part of ['package.json', 'go.mod', 'requirements.txt', 'index.html', 'Procfile', 'Found: Gemfile, lib/.'])
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
