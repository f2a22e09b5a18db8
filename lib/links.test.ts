import { expect, test } from 'vitest'
import { linkStaysInside } from './links.ts'

test.each([
  ['a', 'b', true],
  ['a', './b/c', true],
  ['dir/a', '../b', true],
  ['dir/sub/a', '../../b/c', true],
  ['dir/a', '..', true],
  ['a', '..', false],
  ['a', '../b', false],
  ['dir/a', '../../b', false],
  ['a', '/etc/passwd', false],
  ['a', '', false],
  // With `loop -> .`, the target loop/loop/../.. is one level above the tree.
  ['a', 'loop/loop/../..', false],
  ['a', 'b/../c', false],
])('%s -> %s: %s', (path, target, inside) => {
  expect(linkStaysInside(path, target)).toBe(inside)
})
