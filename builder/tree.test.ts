import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findProtos } from './descriptors/roots.ts'
import { readTree } from './tree.ts'

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'micro-tree-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

test('the text behind a link is held to the same size as any other', async () => {
  const directory = await emptyDirectory()
  await writeFile(join(directory, 'large'), Buffer.alloc(1024 * 1024 + 1))
  await writeFile(join(directory, 'small'), 'text')
  for (const [path, target] of [
    ['package.json', 'large'],
    ['go.mod', 'small'],
    ['micro.yaml', 'nothing'],
    ['Procfile', 'Procfile'],
    ['requirements.txt', '.'],
  ] as const)
    await symlink(target, join(directory, path))
  const tree = await readTree(directory)
  expect(() => tree.text('package.json')).toThrow('package.json is larger than 1 MiB')
  expect(tree.text('go.mod')).toBe('text')
  for (const path of ['micro.yaml', 'Procfile', 'requirements.txt']) expect(tree.text(path)).toBeUndefined()
})

test('more .proto files than a compiler should meet are refused before they are read', () => {
  const files = new Map(Array.from({ length: 20 }, (_, index) => [`${index}.proto`, { size: 1024 * 1024, executable: false }]))
  const text = () => expect.unreachable('a file was read')
  expect(() => findProtos({ files, text })).toThrow('more than 16 MiB of .proto files')
})
