import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, readdir, readFile, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bufPath } from '../testing/buf.ts'
import {
  buildFiles,
  isRunning,
  nodeDirectory,
  removeDirectory,
  startArtifact,
  temporaryDirectory,
  testUser,
  writeFiles,
} from '../testing/builds.ts'
import { testBuilder } from '../testing/directory-builder.ts'
import { builderSuite } from './suite.ts'

builderSuite('directory', {
  create: testBuilder,
  start: startArtifact,
  read: ({ path }, name) => readFile(join(path, name), 'utf8'),
})

let root: string
beforeEach(async () => {
  root = await temporaryDirectory('micro-directory-')
})
afterEach(() => removeDirectory(root))

const files = {
  'package.json': '{"scripts":{"build":"node build.js","start":"node start.js"}}',
  'build.js': 'require("fs").writeFileSync("made.txt", "x")',
  'start.js': '',
}

test('the artifact stands at its namespace and digest, and nothing else is left', async () => {
  const { artifact } = await buildFiles(testBuilder(root), root, { files })
  expect(artifact.path).toBe(join(root, 'artifacts/ns_test', artifact.digest))
  expect(await readdir(join(root, 'artifacts/.building'))).toEqual([])
  expect(await readdir(join(root, 'sources'))).toEqual([])
  expect((await readdir(artifact.path)).sort()).toEqual(['.micro', 'build.js', 'made.txt', 'package.json', 'start.js'])
})

test('a failed build leaves nothing', async () => {
  const broken = { ...files, 'build.js': 'process.exit(1)' }
  await expect(buildFiles(testBuilder(root), root, { files: broken })).rejects.toMatchObject({ code: 'failed_precondition' })
  expect(await readdir(join(root, 'artifacts'))).toEqual(['.building'])
  expect(await readdir(join(root, 'artifacts/.building'))).toEqual([])
})

test('a builder killed in the middle leaves nothing that is taken for done; the next one ends what it left', async () => {
  const source = join(root, 'sources/killed')
  await writeFiles(source, { ...files, 'build.js': 'console.log("half " + process.pid); setTimeout(() => {}, 60000)' })
  const options = {
    artifactsDirectory: join(root, 'artifacts'),
    cacheDirectory: join(root, 'cache'),
    nodeDirectory,
    bufPath,
    ...(testUser ? { user: testUser } : {}),
  }
  const script = `
    const { createDirectoryBuilder } = await import(${JSON.stringify(join(import.meta.dirname, 'directory.ts'))})
    await createDirectoryBuilder(${JSON.stringify(options)}).build(
      { namespace: 'ns_test', service: 'hello', directory: ${JSON.stringify(source)}, settings: {} },
      { signal: new AbortController().signal, onLog: (line) => console.log(line), limits: { timeoutMs: 60000, outputBytes: 1e6, artifactBytes: 1e9 } })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (/half \d+\n/.test(output)) break
  }
  const orphan = Number(/half (\d+)/.exec(output)?.[1])
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')

  expect(await isRunning(orphan)).toBe(true)
  expect(await readdir(join(root, 'artifacts'))).toEqual(['.building'])
  const [left = ''] = await readdir(join(root, 'artifacts/.building'))
  const longAgo = new Date(Date.now() - 7 * 60 * 60 * 1000)
  await utimes(join(root, 'artifacts/.building', left), longAgo, longAgo)
  const { artifact } = await buildFiles(testBuilder(root), root, { files })
  expect((await stat(join(artifact.path, 'made.txt'))).isFile()).toBe(true)
  expect(await isRunning(orphan)).toBe(false)
  expect(await readdir(join(root, 'artifacts/.building'))).toEqual([])
})

test('source and built files belong to the platform and can be read by everyone', async () => {
  const setModes =
    'require("fs").writeFileSync("made.txt", "x", { mode: 0o4700 }); require("fs").mkdirSync("private", { mode: 0o700 }); require("fs").writeFileSync("private/x", "", { mode: 0o600 })'
  const { artifact } = await buildFiles(testBuilder(root), root, { files: { ...files, 'build.js': setModes } })
  for (const path of ['.', 'made.txt', 'private', 'private/x', 'start.js', '.micro', '.micro/artifact.json']) {
    const stats = await lstat(join(artifact.path, path))
    expect(stats.uid).toBe(process.getuid?.())
    expect(stats.mode & 0o7777).toBe(stats.isDirectory() || path === 'made.txt' ? 0o755 : 0o644)
  }
})

// Only a platform that is root has another user for tenants' code.
test.skipIf(testUser === undefined)('the tenant’s user cannot write into an artifact', async () => {
  const write =
    'try { require("fs").writeFileSync("x", ""); console.log("written") } catch (error) { console.log(error.code) }\nsetInterval(() => {}, 1000)'
  const { artifact } = await buildFiles(testBuilder(root), root, { files: { 'server.js': write } })
  const running = await startArtifact(artifact)
  expect(running.firstLine).toBe('EACCES')
  await running.stop()
})

test('a build cannot make the platform write through its links', async () => {
  const victim = join(root, 'victim')
  await writeFiles(victim, { 'artifact.json': 'mine', 'launch.sh': 'mine' })
  const swap = `const fs = require("fs"); fs.rmSync(".micro", { recursive: true, force: true }); fs.symlinkSync(${JSON.stringify(victim)}, ".micro")`
  const source = { ...files, 'build.js': swap, 'node_modules/.bin/x': '#!/bin/sh', 'micro.yaml': 'start: x && y' }
  const { artifact } = await buildFiles(testBuilder(root), root, { files: source })
  expect((await lstat(join(artifact.path, '.micro'))).isDirectory()).toBe(true)
  expect(await readdir(victim)).toEqual(['artifact.json', 'launch.sh'])
  expect((await stat(join(victim, 'artifact.json'))).size).toBe(4)
})

test('what a source says about the platform’s own files is left out', async () => {
  const forged = { 'server.js': '', '.micro/artifact.json': '{"detected":"forged"}' }
  const { artifact } = await buildFiles(testBuilder(root), root, { files: forged })
  expect(artifact.detected).toBe('Node.js (server.js)')
})

test('a namespace id that is a path is refused', async () => {
  await expect(buildFiles(testBuilder(root), root, { files, namespace: '../x' })).rejects.toMatchObject({ code: 'invalid_argument' })
})

// Only a platform that is root has another user for tenants' code.
test.skipIf(testUser === undefined)('commands run as the tenants’ user', async () => {
  const { log } = await buildFiles(testBuilder(root), root, { files: { ...files, 'micro.yaml': 'build: id -u' } })
  expect(log).toContain(String(testUser?.uid))
})

test('a package manager that is not on the machine is named', async () => {
  const source = { 'server.js': '', 'package.json': '{"dependencies":{"a":"1"}}', 'pnpm-lock.yaml': '' }
  await expect(buildFiles(testBuilder(root), root, { files: source })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('needs pnpm'),
  })
})
