import { afterAll, beforeAll, expect, test } from 'vitest'
import { basesTimeoutMs, requireBases } from '../../testing/base-images.ts'
import { buildFiles, removeDirectory, temporaryDirectory } from '../../testing/builds.ts'
import { removeImages, testImageBuilder } from '../../testing/image-builder.ts'
import { defaultEngine, inspectImage } from './engine.ts'
import { sweepImages } from './sweep.ts'

let root: string
beforeAll(async () => {
  root = await temporaryDirectory('micro-sweep-')
  await requireBases('node')
}, basesTimeoutMs)
afterAll(async () => {
  await removeImages('ns_sweep')
  await removeDirectory(root)
})

test('removes what is neither kept nor young nor another installation’s', { timeout: 120_000 }, async () => {
  const build = async (text: string) => {
    const files = { 'server.js': '', 'micro.yaml': `build: echo ${text} > made` }
    return (await buildFiles(testImageBuilder(root), root, { files, namespace: 'ns_sweep' })).artifact.image
  }
  const [kept, old] = [await build('kept'), await build('old')]
  const sweep = (installation: string, before: Date, dryRun = false) =>
    sweepImages(defaultEngine, installation, (id) => id === kept, { before, dryRun, signal: new AbortController().signal })
  const [long, now] = [new Date(Date.now() - 60_000), new Date(Date.now() + 1000)]

  expect((await sweep(`${root}/artifacts`, long)).freedBytes).toBe(0)
  expect(await sweep('/another', now)).toEqual({ bytes: 0, freedBytes: 0 })
  const counted = await sweep(`${root}/artifacts`, now, true)
  expect(counted.freedBytes).toBeGreaterThan(0)
  expect(await inspectImage(defaultEngine, old)).toBeDefined()
  expect(await sweep(`${root}/artifacts`, now)).toEqual(counted)
  expect(await inspectImage(defaultEngine, old)).toBeUndefined()
  expect(await inspectImage(defaultEngine, kept)).toBeDefined()
})
