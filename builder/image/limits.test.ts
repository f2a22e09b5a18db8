import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basesTimeoutMs, requireBases } from '../../testing/base-images.ts'
import { buildFiles, removeDirectory, temporaryDirectory } from '../../testing/builds.ts'
import { removeImages, testImageBuilder } from '../../testing/image-builder.ts'
import { defaultLimits, limitBuilds, limitFiles } from './limits.ts'

let root: string
beforeAll(async () => {
  root = await temporaryDirectory('micro-limits-')
})
afterAll(() => removeDirectory(root))

const limits = { memoryBytes: 300 * 2 ** 20, cpus: 1.5, processes: 100 }

test('are files of control groups, in both of their versions', () => {
  expect(limitFiles(limits, 1)).toContainEqual({ path: 'cpu/docker/buildkit/cpu.cfs_quota_us', text: '150000' })
  expect(limitFiles(limits, 1)).toContainEqual({ path: 'memory/docker/buildkit/memory.limit_in_bytes', text: '314572800' })
  expect(limitFiles(limits, 2)).toEqual([
    { path: 'docker/buildkit/memory.max', text: '314572800' },
    { path: 'docker/buildkit/memory.swap.max', text: '0' },
    { path: 'docker/buildkit/cpu.max', text: '150000 100000' },
    { path: 'docker/buildkit/pids.max', text: '100' },
  ])
})

test('version 2 passes the controllers on to the group', async () => {
  await mkdir(join(root, 'docker'), { recursive: true })
  await writeFile(join(root, 'cgroup.controllers'), 'cpu memory pids\n')
  expect(await limitBuilds(limits, root)).toBe(true)
  expect(await readFile(join(root, 'docker/cgroup.subtree_control'), 'utf8')).toBe('+memory +cpu +pids')
  expect(await readFile(join(root, 'docker/buildkit/pids.max'), 'utf8')).toBe('100')
})

// Only root may limit builds.
describe.skipIf(process.getuid?.() !== 0)('hold real builds back', { timeout: 60_000 }, () => {
  beforeAll(async () => void (await requireBases('node')), basesTimeoutMs)
  afterAll(async () => {
    await limitBuilds(defaultLimits())
    await removeImages('ns_limits')
  })

  const building = (build: string) =>
    buildFiles(testImageBuilder(root, { limits }), root, {
      files: { 'server.js': '', 'micro.yaml': `build: ${JSON.stringify(build)}` },
      namespace: 'ns_limits',
    })

  test('that want all of the memory', async () => {
    await expect(building('node -e "const kept = []; for (;;) kept.push(Buffer.alloc(20e6, 1))"')).rejects.toMatchObject({
      code: 'resource_exhausted',
      message: expect.stringContaining('because memory ran out. Builds have 300 MiB together.'),
      details: { reason: 'BUILD_MEMORY' },
    })
  })

  test('that fork without end', async () => {
    await expect(building('n=0; while [ $n -lt 500 ]; do sleep 30 & n=$((n+1)); done')).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringMatching(/fork/i),
    })
  })

  test('but not the next one, which finds everything as it was', async () => {
    const { artifact } = await building('true')
    expect(artifact.kind).toBe('image')
  })
})
