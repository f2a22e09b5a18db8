import { existsSync, lstatSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeTree } from './remove-tree.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'micro-remove-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('removes a tree, but nothing that links in it point to', async () => {
  await mkdir(join(root, 'outside'))
  await writeFile(join(root, 'outside/kept'), 'x')
  await mkdir(join(root, 'tree/a/b'), { recursive: true })
  await symlink(join(root, 'outside'), join(root, 'tree/a/link'))
  await removeTree(join(root, 'tree'))
  expect(existsSync(join(root, 'tree'))).toBe(false)
  expect(await readFile(join(root, 'outside/kept'), 'utf8')).toBe('x')
  await removeTree(join(root, 'tree'))
})

test('a link in place of the tree goes, what it points to stays', async () => {
  await mkdir(join(root, 'outside'))
  await symlink(join(root, 'outside'), join(root, 'tree'))
  await removeTree(join(root, 'tree'))
  expect(existsSync(join(root, 'outside'))).toBe(true)
  expect(existsSync(join(root, 'tree'))).toBe(false)
})

test.runIf(process.getuid?.() === 0)('nothing goes while anybody else could still exchange a directory', async () => {
  const folders = Array.from({ length: 40 }, (_, i) => `tree/${i}`)
  const all = ['tree', ...folders, ...folders.map((folder) => `${folder}/deep`)].map((path) => join(root, path))
  for (const path of all) {
    await mkdir(path, { recursive: true, mode: 0o777 })
    await chown(path, 65534, 65534)
  }
  let done = false
  const removed = removeTree(join(root, 'tree')).finally(() => {
    done = true
  })
  while (!done) {
    const found = all.flatMap((path) => lstatSync(path, { throwIfNoEntry: false }) ?? [])
    if (found.length < all.length) for (const { uid, mode } of found) expect([uid, mode & 0o077]).toEqual([0, 0])
    await setImmediate()
  }
  await removed
})
