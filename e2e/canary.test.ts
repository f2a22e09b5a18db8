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

const failing = {
  'server.js': `require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/' ? 500 : 200
  response.end('broken')
}).listen(process.env.PORT)\n`,
}

test('a canary that fails is taken back by what real requests meet, while most of them never notice', { timeout: 120_000 }, async () => {
  await micro.ok('run', await micro.source('shop', answering('works')))
  const running = micro.micro('run', await micro.source('shop', failing), '--canary', '20', '--canary-time', '10m')
  let ended = false
  void running.finally(() => {
    ended = true
  })
  const answers: number[] = []
  while (!ended) answers.push((await micro.call(`${namespace}.localhost`, '/shop')).status)
  const { code, stderr } = await running
  expect(code).toBe(1)
  expect(stderr).toMatch(/The canary v2 was worse than v1: \d+ of \d+ requests \(100\.0 %\) failed, and of the live release's 0 of \d+/)
  const failed = answers.filter((status) => status !== 200)
  expect(new Set(failed)).toEqual(new Set([500]))
  expect(failed.length).toBeLessThan(answers.length * 0.25)
  for (let i = 0; i < 20; i++) expect((await micro.call(`${namespace}.localhost`, '/shop')).body).toBe('works')
})
