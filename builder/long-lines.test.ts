import { expect, test } from 'vitest'
import { treeOf } from '../testing/source-tree.ts'
import { findProtos } from './descriptors/roots.ts'
import { detect } from './detect.ts'
import { parseMicroYaml } from './micro-yaml.ts'

/** What a tenant sends is read in the platform's own process: it may not take time by the square of its length. */
const length = 1_000_000
const keys = Array.from({ length: length / 10 }, (_, i) => `k${i}:\n`).join('')
const plan = (files: Record<string, string>) => detect(treeOf(files), { settings: {}, images: false, has: () => false })

test.each<[string, () => unknown]>([
  ['blank lines in a .proto', () => findProtos(treeOf({ 'a.proto': '\n'.repeat(length) }))],
  ['keys of a micro.yaml', () => expect(() => parseMicroYaml(keys)).toThrow('larger than 64 KiB')],
  ['keys of a buf.yaml', () => findProtos(treeOf({ 'a.proto': '', 'buf.yaml': keys }))],
  ['imports that never end', () => findProtos(treeOf({ 'a.proto': 'import \n'.repeat(length / 8) }))],
  ['blanks in a Procfile', () => plan({ 'server.js': '', Procfile: `web: node${' '.repeat(length)}x` })],
  ['an endless comment in requirements.txt', () => plan({ 'main.py': '', 'requirements.txt': `${' #'.repeat(length / 2)}\u2028` })],
  ['an endless option in requirements.txt', () => plan({ 'main.py': '', 'requirements.txt': `-r${'='.repeat(length)}a a` })],
  ['quotes in pyproject.toml', () => plan({ 'main.py': '', 'pyproject.toml': `[project]\ndependencies = [${`'"`.repeat(length / 2)}` })],
  ['blanks in pyproject.toml', () => plan({ 'main.py': '', 'pyproject.toml': `[project]${' '.repeat(length)}x\n`.repeat(1) })],
  ['names in main.py', () => plan({ 'main.py': `${'a:'.repeat(length / 2)}\n`, 'requirements.txt': 'flask' })],
  ['blanks in main.py', () => plan({ 'main.py': `a${'\n '.repeat(length / 2)}`, 'requirements.txt': 'flask' })],
  ['a start script', () => plan({ 'package.json': JSON.stringify({ scripts: { start: `node ${'a '.repeat(length / 2)};` } }) })],
  ['blanks in a start script', () => plan({ 'package.json': JSON.stringify({ scripts: { start: `node${' '.repeat(length)};` } }) })],
])(
  '%s',
  (_, read) => {
    const start = performance.now()
    read()
    expect(performance.now() - start).toBeLessThan(3000)
  },
  20_000,
)
