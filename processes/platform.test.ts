import { expect, onTestFinished, test } from 'vitest'
import { readLogs } from '../control/logs/list.ts'
import { scale } from '../control/services/scale.ts'
import { isRunning } from '../runtime/process/fixture.ts'
import { deploysOf } from '../testing/deploys.ts'
import { createTestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { startWorker } from '../testing/worker.ts'
import { stopMs } from './supervisor/children.ts'

/** Answers with its process id, and ignores being told to end. */
const stubborn = {
  Procfile: 'web: node server.js\n',
  'server.js': `process.on('SIGTERM', () => console.log('told to end'))
require('node:http').createServer((_, response) => response.end(String(process.pid))).listen(process.env.PORT, '127.0.0.1')
`,
}

test('it stops in the time that its supervisor gives it, with services that do not end by themselves', { timeout: 90_000 }, async () => {
  const platform = await createTestPlatform()
  onTestFinished(() => platform.close())
  const worker = await startWorker(platform)
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= worker.stop())
  onTestFinished(stop)
  const owner = await platform.createUser()
  const person = deploysOf(owner, await platform.createNamespace(owner))
  const input = { ...person.scope, service: 'stubborn' }
  await person.live('stubborn', stubborn, { options: { instances: 2 } })
  const pids = await waitFor('both instances answer', async () => {
    const answers = await person.answers('stubborn')
    return answers.length === 2 && answers.map(Number)
  })
  // One of them is being removed already, and has longer than the platform.
  await scale({ ctx: person.ctx, input: { ...input, instances: 1 } })
  const lines = () => readLogs({ ctx: person.ctx, input })
  await waitFor('one was told to end', async () => (await lines()).some(({ text }) => text === 'told to end'))
  expect(await Promise.all(pids.map(isRunning))).toEqual([true, true])

  const before = Date.now()
  await stop()
  expect(Date.now() - before).toBeLessThan(stopMs('platform'))
  expect(await Promise.all(pids.map(isRunning))).toEqual([false, false])
})
