import { expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { planNode } from './plan.ts'

const options = { images: true, has: () => false }
const plan = (json: object, files: Record<string, string> = {}) =>
  planNode(treeOf({ 'package.json': JSON.stringify({ scripts: { build: 'x' }, ...json }), 'src/main.ts': '', ...files }), options)
const serves = (json: object, files?: Record<string, string>) => plan(json, files)?.startCommand?.slice(2)
const vite = { devDependencies: { vite: '7.0.0' } }

test('what Vite builds is served, and is all that an image keeps', () => {
  expect(plan(vite)).toMatchObject({
    detected: 'Front end (vite in package.json)',
    startCommand: ['node', '.micro/static-server.js', 'dist', 'single-page'],
    keep: ['dist', '.micro'],
  })
  expect(plan(vite)?.steps.map(({ title, tidies }) => [title, tidies])).toEqual([
    ['npm install', undefined],
    ['npm run build', undefined],
    ['npm prune', true],
  ])
})

test('where its configuration puts the pages', () => {
  expect(serves(vite, { 'vite.config.ts': "export default { build: { outDir: './site/' } }" })).toEqual(['site', 'single-page'])
  expect(serves(vite, { 'vite.config.ts': "export default { build: { outDir: '../site' } }" })).toEqual(['dist', 'single-page'])
})

test.each([
  [{ dependencies: { 'react-scripts': '5' }, scripts: { build: 'x', start: 'react-scripts start' } }, ['build', 'single-page']],
  [{ dependencies: { astro: '5' }, scripts: { build: 'x', start: 'astro dev' } }, ['dist']],
  [{ dependencies: { gatsby: '5' } }, ['public']],
  [{ ...vite, scripts: { build: 'x', start: 'npm run dev' } }, ['dist', 'single-page']],
])('%j is served from %j', (json, folder) => {
  expect(serves(json)).toEqual(folder)
})

test.each([
  ['with a start script of its own', { ...vite, scripts: { build: 'vite build', start: 'node server.js' } }],
  ['with a main', { ...vite, main: 'src/main.ts' }],
  ['that renders on a server', { ...vite, dependencies: { '@sveltejs/kit': '2' } }],
  ['without a build', { ...vite, scripts: {} }],
])('one %s is a server', (_, json) => {
  expect(plan(json)?.detected).toBe('Node.js (package.json)')
})
