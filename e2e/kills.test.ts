import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../testing/wait-for.ts'
import { answering, type Installation, startInstallation } from './installation.ts'

let micro: Installation
let namespace: string

beforeAll(async () => {
  micro = await startInstallation()
  await micro.ok('signup', '--email', 'ada@example.com', '--password', 'correct horse battery')
  namespace = (await micro.ok('user', 'namespace')).trim()
  await micro.ok('run', await micro.source('steady', answering('steady')))
}, 240_000)
afterAll(() => micro?.close())

/** Builds for two seconds and is ready one second after its start, so that a kill meets a deploy under way. */
const slow = (answer: string) => ({
  'package.json': JSON.stringify({ scripts: { build: 'sleep 2', start: 'node server.js' } }),
  'server.js': `setTimeout(() => require('node:http').createServer((request, response) => response.end(${JSON.stringify(answer)})).listen(process.env.PORT), 1000)\n`,
})

const ignoring = (answer: string) => ({
  ...answering(answer),
  'server.js': `process.on('SIGTERM', () => undefined)\n${answering(answer)['server.js']}`,
})

const states = { build: 'building', rollout: 'starting' } as const

for (const name of ['platform', 'router', 'console', 'postgres'] as const) {
  for (const stage of ['build', 'rollout'] as const) {
    test(`${name} killed during a ${stage}: it comes back, the deploy goes live, nothing is lost`, { timeout: 120_000 }, async () => {
      const service = `slow-${name}-${stage}`
      const source = await micro.source(service, slow(service))
      const run = micro.micro('run', source)
      await reached(service, states[stage])
      process.kill(await pidOf(name), 'SIGKILL')

      const { code, stdout, stderr } = await run
      expect(code, stdout + stderr).toBe(0)
      await waitFor('the new service answers', async () => (await answer(service)) === service, 60_000)
      await waitFor('the old service answers', async () => (await answer('steady')) === 'steady')
      expect(await instancesOf(service)).toHaveLength(1)
      await micro.ok('kill', service)
    })
  }
}

test('the supervisor killed: the next start takes over what is left and serves the same', { timeout: 120_000 }, async () => {
  micro.server.process.kill('SIGKILL')
  await waitFor('the supervisor is gone', () => micro.server.process.signalCode !== null)
  await micro.restart()
  await waitFor('the service answers again', async () => (await answer('steady')) === 'steady', 60_000)
  expect(JSON.parse(await micro.ok('status', 'steady', '--json'))).toMatchObject({ name: 'steady', version: 1 })
  expect(await instancesOf('steady')).toHaveLength(1)
})

test('SIGTERM stops everything, instances that ignore it too, within ten seconds; the next start brings the services back', {
  timeout: 120_000,
}, async () => {
  for (const name of ['stubborn', 'leaving']) await micro.ok('run', await micro.source(name, ignoring(name)))
  await micro.ok('kill', 'leaving')
  const before = Date.now()
  expect(await micro.server.stop()).toBe(0)
  expect(Date.now() - before).toBeLessThan(12_000)
  await waitFor('nothing of it is left', async () => (await processesOf(micro.data)).length === 0)
  await micro.restart()
  await waitFor('the service answers again', async () => (await answer('steady')) === 'steady', 60_000)
})

const answer = async (service: string): Promise<string> =>
  (await micro.call(`${namespace}.localhost`, `/${service}`).catch(() => undefined))?.body ?? ''

async function reached(service: string, state: string): Promise<void> {
  await waitFor(`${service} is ${state}`, async () => {
    const { code, stdout } = await micro.micro('deployments', service, '--json')
    return code === 0 && JSON.parse(stdout)[0]?.state === state
  })
}

/** Processes of this namespace that run a service, as the machine has them: other tests have services of the same names. */
async function instancesOf(service: string): Promise<number[]> {
  const [named, ours, shells] = await Promise.all([
    processesOf(`MICRO_SERVICE=${service}\0`),
    processesOf(`MICRO_NAMESPACE=${namespace}\0`),
    processesOf('shim.sh'),
  ])
  return named.filter((pid) => ours.includes(pid) && !shells.includes(pid))
}

async function pidOf(name: 'platform' | 'router' | 'console' | 'postgres'): Promise<number> {
  if (name === 'postgres') return Number((await readFile(`${micro.data}/postgres/data/postmaster.pid`, 'utf8')).split('\n')[0])
  const ours = await processesOf(`MICRO_DATA=${micro.data}\0`)
  for (const pid of ours) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    if (command.includes('processes/main.ts') && command.split('\0').includes(name)) return pid
  }
  throw new Error(`no process ${name}`)
}

/** Whose command line or environment has the text. */
async function processesOf(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number)
  const has = async (pid: number) => {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '') // ended meanwhile, or not ours to read
    return `${await read('cmdline')}\0${await read('environ')}`.includes(text)
  }
  const ours = await Promise.all(pids.map(async (pid) => pid !== process.pid && (await has(pid))))
  return pids.filter((_, index) => ours[index])
}
