import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildRequest, buildFiles, removeDirectory, startArtifact, temporaryDirectory } from '../../testing/builds.ts'
import { testBuilder } from '../../testing/directory-builder.ts'
import { type NpmRegistry, startNpmRegistry } from '../../testing/npm-registry.ts'
import type { Builder, DirectoryArtifact } from '../builder.ts'

let root: string
let registry: NpmRegistry
let builder: Builder<DirectoryArtifact>
beforeAll(async () => {
  root = await temporaryDirectory('micro-npm-builds-')
  registry = await startNpmRegistry({
    tiny: {
      'package.json': '{"bin":{"tiny":"bin.js"}}',
      'index.js': 'module.exports = "tiny"',
      'bin.js': '#!/usr/bin/env node\nconsole.log("bin of tiny", ...process.argv.slice(2))',
    },
    compiler: {
      'package.json': '{"bin":{"compile":"bin.js"}}',
      'bin.js': '#!/usr/bin/env node\nrequire("node:fs").writeFileSync("built.js", "console.log(\'built with \' + require(\'tiny\'))")',
    },
  })
  builder = testBuilder(root, { environment: { npm_config_registry: registry.url } })
})
afterAll(async () => {
  await registry.close()
  await removeDirectory(root)
})

const build = (request: BuildRequest) => buildFiles(builder, root, request)
const packageJson = (json: object) => JSON.stringify({ dependencies: { tiny: '1.0.0' }, ...json })
const usesTiny = {
  'package.json': packageJson({ scripts: { start: 'node server.js' } }),
  'server.js': 'console.log("uses " + require("tiny"))',
}

async function firstLine(request: BuildRequest): Promise<string> {
  const running = await startArtifact((await build(request)).artifact)
  await running.stop()
  return running.firstLine
}

test('installs what package.json names; the next build links the same files', async () => {
  const first = await build({ files: usesTiny })
  expect(first.log.some((line) => /^==> npm install: /.test(line))).toBe(true)
  expect(await firstLine({ files: usesTiny })).toBe('uses tiny')

  const asked = registry.requests.length
  const second = await build({ files: { ...usesTiny, 'server.js': 'console.log("again " + require("tiny"))' } })
  expect(second.log).toEqual(['==> Node.js (package.json) detected', '==> npm install (cached)'])
  expect(registry.requests.length).toBe(asked)
  const [one, two] = await Promise.all([first, second].map(({ artifact }) => stat(join(artifact.path, 'node_modules/tiny/index.js'))))
  expect(two?.ino).toBe(one?.ino)
  expect(second.artifact.sizeBytes).toBeGreaterThan(100)
})

test('another namespace installs for itself', async () => {
  await build({ files: usesTiny })
  const other = await build({ files: usesTiny, namespace: 'ns_other' })
  expect(other.log).not.toContain('==> npm install (cached)')
})

test('an artifact stays whole when everything kept is gone', async () => {
  const { artifact } = await build({ files: usesTiny })
  await removeDirectory(join(root, 'cache/ns_test/node_modules'))
  const running = await startArtifact(artifact)
  expect(running.firstLine).toBe('uses tiny')
  await running.stop()
})

test('a build has the packages for development; the artifact has not', async () => {
  const files = {
    'package.json': packageJson({ devDependencies: { compiler: '1.0.0' }, scripts: { build: 'compile', start: 'node built.js' } }),
  }
  const { artifact } = await build({ files })
  expect((await readdir(join(artifact.path, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual(['tiny'])
  expect(await firstLine({ files })).toBe('built with tiny')
  // What is kept for the next build was not touched.
  const again = await build({ files: { ...files, 'new.txt': '' } })
  expect(again.log).toContain('==> npm install (cached)')
  expect(await firstLine({ files: { ...files, 'new.txt': '' } })).toBe('built with tiny')
})

test('programs of packages start by name, in a plain command and in a command line', async () => {
  expect(await firstLine({ files: { 'package.json': packageJson({ scripts: { start: 'tiny plain' } }) } })).toBe('bin of tiny plain')
  expect(await firstLine({ files: { 'package.json': packageJson({ scripts: { start: 'X=1 tiny "quoted $X" && exit 0' } }) } })).toBe(
    'bin of tiny quoted ',
  )
  const { artifact } = await build({ files: { 'package.json': packageJson({}), Procfile: 'web: tiny; exit 0' } })
  expect(artifact.startCommand).toEqual(['/bin/sh', '.micro/launch.sh', 'node_modules/.bin', 'tiny; exit 0'])
})

test('a package that does not exist fails with npm’s own words in the log', async () => {
  const log: string[] = []
  const files = { 'package.json': JSON.stringify({ dependencies: { nothere: '1' }, scripts: { start: 'node x.js' } }) }
  await expect(build({ files, onLog: (line) => log.push(line) })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('npm install'),
  })
  expect(log.join('\n')).toContain('404')
})

test('a node_modules of the source gives way to what the lock says', async () => {
  const { artifact } = await build({ files: { ...usesTiny, 'node_modules/tiny/index.js': 'module.exports = "stale"' } })
  expect(await readFile(join(artifact.path, 'node_modules/tiny/index.js'), 'utf8')).toContain('"tiny"')
})

test('packages that were kept cannot be changed by a build', async () => {
  const spoil = 'require("node:fs").appendFileSync("node_modules/tiny/index.js", "// spoiled")'
  const files = { ...usesTiny, 'spoil.cjs': spoil, 'micro.yaml': 'build: node spoil.cjs || echo refused' }
  const { log } = await build({ files })
  if (process.getuid?.() === 0) expect(log).toContain('refused')
})
