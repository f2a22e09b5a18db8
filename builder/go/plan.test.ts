import { expect, test } from 'vitest'
import { treeOf } from '../../testing/source-tree.ts'
import { planGo } from './plan.ts'

const module = 'module example.com/x\n\ngo 1.24.1\n'
const build = (main: string) => [['go', 'build', '-trimpath', '-buildvcs=false', '-modcacherw', '-o', '.micro/service', main]]

test('the command at the root', () => {
  const plan = planGo(treeOf({ 'go.mod': module, 'main.go': '// x\npackage main\n', 'cmd/tool/main.go': 'package main' }))
  expect(plan).toMatchObject({ detected: 'Go (go.mod)', startCommand: ['./.micro/service'] })
  expect(plan?.steps[0]?.commands).toEqual(build('.'))
  expect(plan?.steps[0]?.missing).toContain("needs Go 1.24 or newer, which isn't installed")
})

test('the only command below cmd', () => {
  const plan = planGo(
    treeOf({ 'go.mod': module, 'lib.go': 'package lib', 'lib_test.go': 'package main', 'cmd/api/main.go': 'package main\n' }),
  )
  expect(plan?.steps[0]?.commands).toEqual(build('./cmd/api'))
})

test('several commands are named', () => {
  const plan = planGo(treeOf({ 'go.mod': module, 'cmd/a/main.go': 'package main', 'cmd/b/main.go': 'package main' }))
  expect(plan?.startCommand).toBeUndefined()
  expect(plan?.missingStart).toContain('./cmd/a, ./cmd/b')
})

test('a library has no command', () => {
  expect(planGo(treeOf({ 'go.mod': module, 'lib.go': 'package lib' }))?.missingStart).toContain('no file with `package main`')
})

test('without go.mod it is no Go', () => {
  expect(planGo(treeOf({ 'main.go': 'package main' }))).toBeUndefined()
})
