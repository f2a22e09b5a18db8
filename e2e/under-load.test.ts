import { Agent, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answering, type Installation, startInstallation } from './installation.ts'

let micro: Installation
let namespace: string

beforeAll(async () => {
  micro = await startInstallation()
  await micro.ok('signup', '--email', 'ada@example.com', '--password', 'correct horse battery')
  namespace = (await micro.ok('user', 'namespace')).trim()
}, 240_000)
afterAll(() => micro?.close())

test('no request fails while releases follow one another, a restart and a scaling included', { timeout: 180_000 }, async () => {
  const version = (number: number) => micro.source('busy', answering(`release ${number}`))
  await micro.ok('run', await version(1))
  const load = startLoad()
  for (const number of [2, 3, 4, 5]) await micro.ok('run', await version(number))
  await micro.ok('rollback', 'busy')
  await micro.ok('scale', 'busy', '3')
  await micro.ok('restart', 'busy')
  await micro.ok('scale', 'busy', '1')
  const answers = await load.stop()
  expect(answers.filter((answer) => !/^200 release \d$/.test(answer))).toEqual([])
  expect(new Set(answers).size).toBe(5)
})

test('of two deploys at once the later wins, and the earlier says so', { timeout: 60_000 }, async () => {
  const slow = (answer: string) =>
    micro.source('raced', {
      'package.json': JSON.stringify({ scripts: { build: 'sleep 3', start: 'node server.js' } }),
      ...answering(answer),
    })
  const earlier = micro.micro('run', await slow('earlier'))
  await expect
    .poll(async () => JSON.parse((await micro.micro('deployments', 'raced', '--json')).stdout || '[]')[0]?.state, { timeout: 20_000 })
    .toBe('building')
  await micro.ok('run', await slow('later'))
  const { code, stderr } = await earlier
  expect(code).toBe(1)
  expect(stderr).toMatch(/superseded|Deployment 2 of raced was begun/)
  expect((await micro.call(`${namespace}.localhost`, '/raced')).body).toBe('later')
})

/** Requests over kept-alive connections, 50 a second, one after the other on each of five connections. */
function startLoad(): { stop(): Promise<string[]> } {
  const answers: string[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: 5 })
  let running = true
  const pending: Promise<void>[] = []
  const worker = async () => {
    while (running) {
      answers.push(await ask(agent))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  for (let i = 0; i < 5; i++) pending.push(worker())
  return {
    async stop() {
      running = false
      await Promise.all(pending)
      agent.destroy()
      return answers
    },
  }
}

function ask(agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const { port } = micro.server
    const outgoing = request(
      { host: '127.0.0.1', port, path: '/busy', agent, headers: { host: `${namespace}.localhost:${port}` } },
      async (response) => {
        let body = ''
        for await (const chunk of response) body += chunk
        resolve(`${response.statusCode} ${body}`)
      },
    )
    outgoing.once('error', (error) => resolve(`failed: ${error.message}`))
    outgoing.end()
  })
}
