import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../lib/exec.ts'
import { removeDirectory, temporaryDirectory } from '../testing/builds.ts'

let home: string
beforeAll(async () => {
  home = await temporaryDirectory('micro-plan-')
})
afterAll(() => removeDirectory(home))

const micro = (...args: string[]) => exec(['bin/micro', ...args], { env: { PATH: process.env.PATH ?? '', MICRO_HOME: home } })

test('micro build --plan shows what a directory becomes, with the images that this machine uses', async () => {
  const { code, stdout } = await micro('build', '--plan', 'examples/hello-go')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Detected +Go \(go.mod\)$/m)
  expect(stdout).toMatch(/^Becomes +one image$/m)
  expect(stdout).toContain('FROM golang:1-bookworm AS build\n')
})

test('micro build alone says what it is for, and micro base-images which image each kind uses', async () => {
  expect(await micro('build')).toMatchObject({ code: 2, stderr: expect.stringContaining('add --plan') })
  expect((await micro('base-images', '--list')).stdout).toMatch(/^ +node +node:24-bookworm-slim$/m)
  expect(await micro('base-images', 'ruby')).toMatchObject({ code: 2, stderr: expect.stringContaining('no base image for ruby') })
})
