import { expect, test } from 'vitest'
import { readServerSettings } from '../config/server.ts'
import { describeWithDocker } from '../testing/docker.ts'
import { chooseRuntime } from './choose-runtime.ts'

const read = (environment: Record<string, string>, isRoot: boolean) =>
  readServerSettings(environment, { isRoot, homeDirectory: '/home/ada' })

test('an ordinary user gets processes, whatever engine there is', async () => {
  const chosen = await chooseRuntime(read({}, false))
  expect(chosen).toMatchObject({ runtime: 'process', whyProcess: expect.any(String) })
})

test('processes that were asked for need no reason', async () => {
  const chosen = await chooseRuntime(read({ MICRO_RUNTIME: 'process' }, true))
  expect(chosen.runtime).toBe('process')
  expect(chosen).not.toHaveProperty('whyProcess')
})

test('containers that were asked for and cannot be had are told in a sentence', async () => {
  const settings = read({ MICRO_RUNTIME: 'docker', MICRO_DOCKER_SOCKET: '/nowhere/docker.sock' }, true)
  await expect(chooseRuntime(settings)).rejects.toMatchObject({
    code: 'unavailable',
    message: 'The Docker engine at /nowhere/docker.sock does not answer: there is no such socket.',
  })
})

test('a server that others can reach does not fall back to processes', async () => {
  const settings = read({ MICRO_HOST: '0.0.0.0', MICRO_DOCKER_SOCKET: '/nowhere/docker.sock' }, true)
  await expect(chooseRuntime(settings)).rejects.toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('which isolates nothing'),
    details: { hint: expect.stringContaining('No containers: ') },
  })
})

await describeWithDocker('with an engine', ({ socket }) => {
  test('containers are there for whoever asks for them', async () => {
    const chosen = await chooseRuntime(read({ MICRO_RUNTIME: 'docker', MICRO_DOCKER_SOCKET: socket, MICRO_HOST: '0.0.0.0' }, true))
    expect(chosen.runtime).toBe('docker')
  })
})
