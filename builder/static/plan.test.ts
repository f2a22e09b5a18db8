import { expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { planStatic } from './plan.ts'

test.each([
  [{ 'index.html': '' }, '.'],
  [{ 'public/index.html': '', 'readme.md': '' }, 'public'],
  [{ 'dist/index.html': '' }, 'dist'],
  [{ 'index.html': '', 'public/index.html': '' }, '.'],
])('the pages of %j are in %s', (files, root) => {
  expect(planStatic(treeOf(files))?.startCommand).toEqual(['node', '.micro/static-server.js', root])
})

test('no page, no site', () => {
  expect(planStatic(treeOf({ 'docs/index.html': '' }))).toBeUndefined()
})
