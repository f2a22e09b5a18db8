import { expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { planProcfile, processCommand } from './plan.ts'

test.each([
  ['web: ./serve --port $PORT', './serve --port $PORT'],
  ['# comment\r\nworker: x\r\nweb:  bin/web  \r\n', 'bin/web'],
  ['webs: x\nworker: y', undefined],
  ['', undefined],
])('of %j the web process is %j', (text, command) => {
  expect(processCommand(treeOf({ Procfile: text }), 'web')).toBe(command)
})

test('the release process is told apart from others', () => {
  const tree = treeOf({ Procfile: 'web: node server.js\nrelease: npm run migrate\n' })
  expect(processCommand(tree, 'release')).toBe('npm run migrate')
  expect(processCommand(treeOf({ Procfile: 'web: x\nreleases: y' }), 'release')).toBeUndefined()
})

test('a Procfile without web says what is missing', () => {
  expect(planProcfile(treeOf({ Procfile: 'worker: x' }))).toMatchObject({
    detected: 'Procfile',
    missingStart: 'The Procfile has no line that starts with web:',
  })
  expect(planProcfile(treeOf({}))).toBeUndefined()
})
