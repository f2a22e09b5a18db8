import { beforeAll, expect, test } from 'vitest'
import { basesTimeoutMs, requireBases, testBases } from '../../testing/base-images.ts'
import { defaultEngine, docker, inspectImage } from '../image/engine.ts'
import { createBases } from './bases.ts'

let node: string
beforeAll(async () => {
  ;[node = ''] = await requireBases('node')
}, basesTimeoutMs)

const making = { signal: new AbortController().signal, onLog: () => undefined }
const inside = (...argv: string[]) => docker(defaultEngine, ['run', '--rm', '--network=none', '--label', 'micro.test=bases', node, ...argv])

test('the image for Node.js runs this Node.js and has npm', async () => {
  expect((await inside('node', '--version')).stdout.trim()).toBe(process.version)
  expect((await inside('npm', '--version')).stdout).toMatch(/^\d+\.\d+/)
  expect(await inspectImage(defaultEngine, node)).toMatchObject({ labels: { 'micro.base': 'node' } })
})

test('it trusts what this machine trusts', async () => {
  const count = (await inside('grep', '-c', 'BEGIN CERTIFICATE', '/etc/ssl/certs/ca-certificates.crt')).stdout
  expect(Number(count)).toBeGreaterThan(100)
})

test('it is made once, and has a name without a version for people’s own Dockerfiles', async () => {
  const lines: string[] = []
  const again = await testBases.ensure('node', { ...making, onLog: (line) => lines.push(line) })
  expect(lines).toEqual([])
  expect(again).toMatchObject({ name: node, id: (await inspectImage(defaultEngine, 'micro/node'))?.id })
})

test('an image that cannot be pulled says what the operator can do', async () => {
  const choice = async () => ({ local: false, named: { go: '127.0.0.1:1/nothing:1' } })
  await expect(createBases(defaultEngine, { path: '', choice }).ensure('go', making)).rejects.toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('The base image 127.0.0.1:1/nothing:1 (go) cannot be pulled: '),
    details: { reason: 'BASE_IMAGE_MISSING', hint: expect.stringContaining('micro base-images') },
  })
})

test('an engine that does not answer is told apart from an image that is not there', async () => {
  expect(await inspectImage(defaultEngine, 'micro/never-made')).toBeUndefined()
  await expect(inspectImage({ ...defaultEngine, socket: '/nowhere/docker.sock' }, 'micro/node')).rejects.toMatchObject({
    code: 'unavailable',
    details: { reason: 'ENGINE_AWAY' },
  })
})
