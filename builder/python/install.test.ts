import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../../lib/exec.ts'
import {
  buildFiles,
  nodeDirectory,
  removeDirectory,
  startArtifact,
  temporaryDirectory,
  testUser,
  writeFiles,
} from '../../testing/builds.ts'
import { testBuilder } from '../../testing/directory-builder.ts'
import { findProgram } from '../programs.ts'

const path = `${nodeDirectory}:/usr/local/bin:/usr/bin:/bin`
const python = findProgram('python3', path, testUser)
const canInstall = python !== undefined && (await exec([python, '-c', 'import venv, ensurepip'], { env: {} })).code === 0

let root: string
beforeAll(async () => {
  root = await temporaryDirectory('micro-pip-builds-')
})
afterAll(() => removeDirectory(root))

// Skipped where Python has no venv (Debian: python3-venv).
test.skipIf(!canInstall)('requirements are installed into the artifact, kept, and their programs start', { timeout: 120_000 }, async () => {
  const wheels = join(root, 'wheels')
  await makeWheel(wheels)
  const builder = testBuilder(root, {
    path,
    environment: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, UV_OFFLINE: '1', UV_FIND_LINKS: wheels },
  })
  const files = { 'requirements.txt': 'tinywheel==1.0\n', 'main.py': 'import tinywheel\nprint("uses " + tinywheel.name)\n' }

  const first = await buildFiles(builder, root, { files })
  const running = await startArtifact(first.artifact)
  expect(running.firstLine).toBe('uses tinywheel')
  await running.stop()

  const second = await buildFiles(builder, root, { files: { ...files, Procfile: 'web: tinywheel-cli --flag' } })
  expect(second.log.at(-1)).toMatch(/install \(requirements.txt\) \(cached\)$/)
  await removeDirectory(join(root, 'cache'))
  const program = await startArtifact(second.artifact)
  expect(program.firstLine).toBe("cli of tinywheel ['--flag']")
  await program.stop()
})

async function makeWheel(wheels: string): Promise<void> {
  const content = join(root, 'wheel')
  const metadata = 'tinywheel-1.0.dist-info'
  await writeFiles(content, {
    'tinywheel.py': 'import sys\nname = "tinywheel"\ndef main():\n    print("cli of tinywheel", sys.argv[1:])\n',
    [`${metadata}/METADATA`]: 'Metadata-Version: 2.1\nName: tinywheel\nVersion: 1.0\n',
    [`${metadata}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${metadata}/entry_points.txt`]: '[console_scripts]\ntinywheel-cli = tinywheel:main\n',
  })
  await writeFile(
    join(content, metadata, 'RECORD'),
    ['tinywheel.py', ...['METADATA', 'WHEEL', 'entry_points.txt', 'RECORD'].map((name) => `${metadata}/${name}`)]
      .map((path) => `${path},,\n`)
      .join(''),
  )
  await mkdir(wheels)
  const result = await exec(['python3', '-m', 'zipfile', '-c', join(wheels, 'tinywheel-1.0-py3-none-any.whl'), 'tinywheel.py', metadata], {
    cwd: content,
    env: { PATH: path },
  })
  if (result.code !== 0) throw new Error(result.stderr)
}
