import { expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { findProtos } from './roots.ts'

const found = (files: Record<string, string>) => {
  const protos = findProtos(treeOf(files))
  return protos && { roots: protos.roots, files: [...protos.files.keys()] }
}

test.each<[string, Record<string, string>, string[]]>([
  ['proto', { 'proto/a.proto': 'import "b.proto";', 'proto/b.proto': '' }, ['proto']],
  ['the whole source when imports say so', { 'proto/a.proto': 'import "proto/b.proto";', 'proto/b.proto': '' }, ['.']],
  ['the whole source when there is no proto folder', { 'a.proto': '', 'sub/b.proto': '' }, ['.']],
  ['another folder that imports are relative to', { 'api/v1/a.proto': 'import public "v1/b.proto";', 'api/v1/b.proto': '' }, ['api']],
  ['where buf.yaml stands', { 'idl/buf.yaml': 'version: v1', 'idl/x/a.proto': '' }, ['idl']],
  [
    'the modules of buf.yaml',
    { 'buf.yaml': 'version: v2\nmodules:\n  - path: one\n  - path: two\n  - path: gone', 'one/a.proto': '', 'two/b.proto': '' },
    ['one', 'two'],
  ],
  ['the directories of buf.work.yaml', { 'buf.work.yaml': 'version: v1\ndirectories: [one]', 'one/a.proto': '', 'b.proto': '' }, ['one']],
  ['one that leads outside does not count', { 'buf.yaml': 'version: v2\nmodules:\n  - path: ../x', 'a.proto': '' }, ['.']],
])('roots: %s', (_, files, roots) => {
  expect(found(files)?.roots).toEqual(roots)
})

test('files of other projects do not count', () => {
  expect(found({ 'node_modules/x/a.proto': '', 'vendor/b.proto': '', '.venv/c.proto': '' })).toBeUndefined()
  expect(found({ 'a.proto': '', 'node_modules/x/a.proto': '' })?.files).toEqual(['a.proto'])
})
