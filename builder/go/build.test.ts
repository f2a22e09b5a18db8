import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildFiles, nodeDirectory, removeDirectory, startArtifact, temporaryDirectory, testUser } from '../../testing/builds.ts'
import { testBuilder } from '../../testing/directory-builder.ts'
import { findProgram } from '../programs.ts'

const files = {
  'go.mod': 'module example.com/hello\n\ngo 1.19\n',
  'main.go': 'package main\n\nfunc main() {\n\tprintln("hello from go")\n}\n',
}
const hasGo = findProgram('go', '/usr/local/go/bin:/usr/local/bin:/usr/bin', testUser) !== undefined

let root: string
beforeAll(async () => {
  root = await temporaryDirectory('micro-go-builds-')
})
afterAll(() => removeDirectory(root))

// Skipped where there is no Go.
test.skipIf(!hasGo)('a Go program is built and starts; an error of the compiler is in the log', { timeout: 180_000 }, async () => {
  const builder = testBuilder(root, { environment: { GOFLAGS: '-mod=mod', GOTOOLCHAIN: 'local' } })
  const { artifact, log } = await buildFiles(builder, root, { files, limits: { timeoutMs: 170_000 } })
  expect(log[0]).toBe('==> Go (go.mod) detected')
  expect(artifact.startCommand).toEqual(['./.micro/service'])
  const running = await startArtifact(artifact)
  expect(running.firstLine).toBe('hello from go')
  await running.stop()

  const lines: string[] = []
  const broken = { ...files, 'main.go': 'package main\n\nfunc main() {\n\tundefined()\n}\n' }
  await expect(buildFiles(builder, root, { files: broken, onLog: (line) => lines.push(line) })).rejects.toMatchObject({
    details: { reason: 'BUILD_FAILED' },
  })
  expect(lines).toContain('./main.go:4:2: undefined: undefined')
})

test('without Go the build says what to install', async () => {
  const builder = testBuilder(root, { path: nodeDirectory })
  await expect(buildFiles(builder, root, { files, namespace: 'ns_bare' })).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining("needs Go 1.19 or newer, which isn't installed on the server. Install it from https://go.dev/dl"),
  })
})
