import { expect, test } from 'vitest'
import { violations } from './boundaries.ts'

const at = (path: string, text: string) => violations([{ path, text }])

test.each([
  ['control/auth/log-in.ts', "import { createBus } from '../../bus/postgres/bus.ts'", 'control/ may not import bus/postgres/bus.ts'],
  ['control/auth/log-in.ts', "import { x } from '../../grpc/auth.ts'", 'control/ may not import grpc/auth.ts'],
  ['router/http.ts', "import { createDb } from '../prisma/client.ts'", 'router/ may not import prisma/client.ts'],
  ['router/http.ts', "import { settings } from '../config/router.ts'", 'router/ may not import config/router.ts'],
  ['app/page.tsx', "import { list } from '../control/services/list.ts'", 'app/ may not import control/services/list.ts'],
  ['cli/run.ts', "const { main } = await import('../processes/server.ts')", 'cli/ may not import processes/server.ts'],
  ['lib/log.ts', "export { x } from '../config/server.ts'", 'lib/ may not import config/server.ts'],
  ['runtime/process/driver.ts', "import type { Builder } from '../../builder/builder.ts'", 'runtime/ may not import builder/builder.ts'],
  ['processes/server.ts', "import { output } from '../cli/output.ts'", 'processes/ may not import cli/output.ts'],
])('%s: %s', (path, text, complaint) => {
  expect(at(path, text)).toEqual([`${path}: ${complaint}`])
})

test('an arrow that points the right way is none', () => {
  expect(
    at(
      'control/auth/log-in.ts',
      "import type { Bus } from '../../bus/bus.ts'\nimport { newId } from '../../lib/ids.ts'\nimport { x } from './x.ts'",
    ),
  ).toEqual([])
  expect(at('processes/platform.ts', "import { createBus } from '../bus/postgres/bus.ts'")).toEqual([])
})

test('an edge may name the database as a type, but not import it', () => {
  expect(at('grpc/server.ts', "import type { Db } from '../prisma/client.ts'")).toEqual([])
  expect(at('grpc/server.ts', "import { createDb } from '../prisma/client.ts'")).toEqual([
    'grpc/server.ts: grpc/ may not import prisma/client.ts',
  ])
})

test('a test may join what it tests with what it needs', () => {
  expect(at('control/auth/log-in.test.ts', "import { createBus } from '../../bus/postgres/bus.ts'")).toEqual([])
})

test('files that import each other are a circle, through others and for types too', () => {
  const file = (name: string, text: string) => ({ path: `cli/${name}.ts`, text })
  const parse = file('parse', "import type { Flag } from './command.ts'")
  expect(violations([file('command', "import { parse } from './parse.ts'"), parse])).toEqual([
    'cli/command.ts → cli/parse.ts → cli/command.ts: a circle of imports; move what they share into a file of its own',
  ])
  const through = [file('command', "export { parse } from './words.ts'"), file('words', "import './parse.ts'"), parse]
  expect(violations(through)).toEqual([expect.stringContaining('cli/command.ts → cli/words.ts → cli/parse.ts → cli/command.ts: ')])
  expect(violations([file('alone', "import { x } from './alone.ts'")])).toEqual([expect.stringContaining('cli/alone.ts → cli/alone.ts: ')])
})

test('two ways to the same file are no circle, and what is loaded later makes none', () => {
  const file = (name: string, text: string) => ({ path: `cli/${name}.ts`, text })
  const shared = file('shared', "export const load = () => import('./main.ts')")
  const users = ['a', 'b'].map((name) => file(name, "import { load } from './shared.ts'"))
  expect(violations([file('main', "import './a.ts'\nimport './b.ts'"), ...users, shared])).toEqual([])
})

test('the environment is read in config/ only', () => {
  expect(at('control/auth/log-in.ts', 'const key = process.env.MICRO_SECRET_KEY')).toEqual([
    expect.stringContaining('only config/ reads process.env'),
  ])
  expect(at('lib/x.ts', "import { env } from 'node:process'")).toEqual([expect.stringContaining('only config/ reads process.env')])
  expect(at('config/server.ts', 'read(process.env)')).toEqual([])
  expect(at('lib/x.ts', "// process.env is not read here\nconst hint = 'listen on `process.env.PORT`'")).toEqual([])
})

test.each([
  ["import { exec } from 'node:child_process'", 'exec runs a shell'],
  ["import { type ChildProcess, execSync } from 'child_process'", 'exec runs a shell'],
  ["import child from 'node:child_process'", 'by name'],
  ["import * as child from 'node:child_process'", 'by name'],
  ["spawn('git', ['fetch'], { shell: true })", 'no shell option'],
  ["spawn('git', ['fetch'], { shell: '/bin/bash' })", 'no shell option'],
  ["spawn('/bin/sh', ['-c', command])", 'no sh -c'],
  ["run(['bash', '-lc', command])", 'no sh -c'],
])('no shell: %s', (text, complaint) => {
  expect(at('builder/node.ts', text)).toEqual([expect.stringContaining(complaint)])
})

test("a tenant's own command line goes to a shell in one module, and not in its neighbours", () => {
  const text = "const argv = ['/bin/sh', '-c', command]"
  expect(at('lib/tenant-command.ts', text)).toEqual([])
  for (const path of ['lib/exec.ts', 'builder/limits.ts', 'runtime/process/command.ts'])
    expect(at(path, text)).toEqual([expect.stringContaining('no sh -c')])
})

test('programs are run by lists of arguments', () => {
  expect(at('builder/node.ts', "import { execFile, spawn } from 'node:child_process'\nspawn('git', ['fetch', '--', url])")).toEqual([])
})
