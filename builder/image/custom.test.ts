import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basesTimeoutMs, requireBases } from '../../testing/base-images.ts'
import { buildFiles, removeDirectory, temporaryDirectory } from '../../testing/builds.ts'
import { answersOf, removeImages, testImageBuilder } from '../../testing/image-builder.ts'

let root: string
beforeAll(async () => {
  root = await temporaryDirectory('micro-custom-')
  await requireBases('node')
}, basesTimeoutMs)
afterAll(async () => {
  await removeImages('ns_custom')
  await removeDirectory(root)
})

const build = (files: Record<string, string>) =>
  buildFiles(testImageBuilder(root), root, { files, namespace: 'ns_custom', limits: { artifactBytes: 1e9 } })
const server = 'require("http").createServer((_, r) => r.end("custom")).listen(process.env.PORT)\n'
const slow = { timeout: 60_000 }

test('a Dockerfile wins over what is detected, and needs no registry', slow, async () => {
  const dockerfile =
    '# syntax=docker/dockerfile:1\nFROM node:24-bookworm-slim AS base\nFROM base\nCOPY server.js /srv/server.js\nCMD ["node", "/srv/server.js"]\n'
  const { artifact, log } = await build({
    Dockerfile: dockerfile,
    'server.js': server,
    'package.json': '{"scripts":{"start":"node x.js"}}',
  })
  expect(artifact.startCommand).toBeUndefined()
  expect(artifact.detected).toBe('Dockerfile (Dockerfile)')
  expect(log).toContain('==> # syntax=docker/dockerfile:1 is left out: the engine\u0027s own frontend is used')
  expect(log).toContainEqual(expect.stringMatching(/^==> FROM node:24-bookworm-slim is made from micro\/node:/))
  expect(await answersOf(artifact, '/')).toEqual(['custom'])
})

test.each([
  ['FROM node:24-bookworm-slim\nCOPY ../../secret /x\n', 'COPY or ADD names /secret, which is not in the source.'],
  ['FROM 127.0.0.1:1/nothing:1\n', 'The image 127.0.0.1:1/nothing:1, which FROM names, cannot be pulled'],
  ['FROM node:24-bookworm-slim\nRUNN x\n', 'unknown instruction: RUNN'],
  ['FROM node:24-bookworm-slim\nRUN echo why; exit 3\n', '(exit code 3). Last line: why'],
])('%j says what is wrong', slow, async (dockerfile, message) => {
  await expect(build({ Dockerfile: dockerfile, 'a.txt': '' })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining(message),
    details: { hint: expect.any(String) },
  })
})

test('a secret of .npmrc is there for a command, and in no log', slow, async () => {
  const files = {
    // What was made before is not made again for another secret.
    Dockerfile: `FROM node:24-bookworm-slim\nRUN --mount=type=secret,id=npmrc cat /run/secrets/npmrc # ${randomUUID()}\n`,
    '.npmrc': '//registry.example.com/:_authToken=secret-of-nobody\n',
    '.dockerignore': '.npmrc\n',
  }
  const { log } = await build(files)
  expect(log).toContain('//registry.example.com/:_authToken=***')
  expect(log.join('\n')).not.toContain('secret-of-nobody')
})

test('micro.yaml names another Dockerfile; one that is not there is an error', slow, async () => {
  const files = { 'deploy/Dockerfile': 'FROM node:24-bookworm-slim\nCMD ["true"]\n', 'micro.yaml': 'dockerfile: deploy/Dockerfile' }
  expect((await build(files)).artifact.detected).toBe('Dockerfile (deploy/Dockerfile)')
  await expect(build({ 'micro.yaml': 'dockerfile: gone' })).rejects.toMatchObject({ details: { reason: 'DOCKERFILE_MISSING' } })
})
