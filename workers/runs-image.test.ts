import { afterAll, beforeAll, expect, test } from 'vitest'
import { cancelRun } from '../control/runs/cancel.ts'
import { createRun } from '../control/runs/create.ts'
import { followRun } from '../control/runs/follow.ts'
import { getRun } from '../control/runs/get.ts'
import type { Namespace } from '../gen/prisma/client.ts'
import { basesTimeoutMs } from '../testing/base-images.ts'
import { deploysOf, httpService } from '../testing/deploys.ts'
import { describeWithDocker } from '../testing/docker.ts'
import { dockerSettings } from '../testing/docker-worker.ts'
import { removeImages } from '../testing/image-builder.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { spawnWorker, startWorker, type TestWorker } from '../testing/worker.ts'

await describeWithDocker('jobs in containers', ({ socket }) => {
  let platform: TestPlatform
  let outside: Awaited<ReturnType<typeof dockerSettings>>
  let worker: TestWorker | undefined
  let namespace: Namespace
  let person: ReturnType<typeof deploysOf>

  beforeAll(async () => {
    platform = await createTestPlatform()
    outside = await dockerSettings(socket)
    worker = await startWorker(platform, outside.settings)
    const owner = await platform.createUser()
    namespace = await platform.createNamespace(owner)
    person = deploysOf(owner, namespace)
    const files = httpService('one', {
      'package.json': '{"dependencies":{"teller":"file:./teller"},"scripts":{"start":"node server.js"}}',
      'teller/package.json': '{"name":"teller","version":"1.0.0","bin":{"tell-all":"run.js"}}',
      'teller/run.js': '#!/usr/bin/env node\nconsole.log(JSON.stringify(process.argv.slice(2)), process.env.MICRO_SERVICE)\n',
      'micro.yaml': 'memory: 128Mi\n',
    })
    files['server.js'] = files['server.js']?.replace('127.0.0.1', '0.0.0.0') ?? ''
    expect(await person.live('hello', files)).toMatchObject({ state: 'LIVE', reason: null })
  }, basesTimeoutMs)
  afterAll(async () => {
    await worker?.stop()
    await outside?.dispose()
    if (namespace) await removeImages(namespace.id)
    await platform?.close()
  })

  const begin = async (...command: [string, ...string[]]) =>
    (await createRun({ ctx: person.ctx, input: { ...person.scope, service: 'hello', command } })).id
  const get = (id: string) => getRun({ ctx: person.ctx, input: { ...person.scope, id } })

  async function ended(id: string) {
    const lines: string[] = []
    for await (const event of followRun({ ctx: person.ctx, input: { ...person.scope, id } }))
      if (event.kind === 'log') lines.push(...event.lines.map(({ text }) => text))
    return { ...(await get(id)), lines }
  }

  test('run in one of their own, with the programs of the packages, and end with the code of the command', {
    timeout: 60_000,
  }, async () => {
    expect(await ended(await begin('tell-all', '$HOME', 'a b'))).toMatchObject({
      state: 'SUCCEEDED',
      exitCode: 0,
      lines: ['["$HOME","a b"] hello'],
    })
    expect(await ended(await begin('sh', '-c', 'echo oops >&2; exit 7'))).toMatchObject({ state: 'FAILED', exitCode: 7, lines: ['oops'] })
    expect(await ended(await begin('no-such-program'))).toMatchObject({ state: 'FAILED', exitCode: 127 })
  })

  test('that go over their memory are told so', { timeout: 60_000 }, async () => {
    const hog = 'const kept = []; for (;;) kept.push(Buffer.alloc(2 ** 20, 1))'
    expect(await ended(await begin('node', '-e', hog))).toMatchObject({
      state: 'FAILED',
      outOfMemory: true,
      reason: 'It was ended by SIGKILL: it went over its memory limit.',
    })
  })

  test('are stopped when they are canceled, and go on without a worker', { timeout: 120_000 }, async () => {
    const forever = await begin('node', '-e', 'console.log("begun"); setInterval(() => {}, 1000)')
    await waitFor('it has begun', async () => (await platform.ctx.db.logChunk.count({ where: { runId: forever } })) > 0, 30_000)
    await cancelRun({ ctx: person.ctx, input: { ...person.scope, id: forever } })
    expect(await ended(forever)).toMatchObject({ state: 'CANCELED', lines: ['begun'] })

    await worker?.stop()
    worker = undefined
    const { kill } = await spawnWorker(platform, outside.settings)
    const long = await begin('node', '-e', 'console.log("begun"); setTimeout(() => { console.log("done"); process.exit(5) }, 3000)')
    await waitFor('it has begun', async () => (await platform.ctx.db.logChunk.count({ where: { runId: long } })) > 0, 30_000)
    await kill()
    worker = await startWorker(platform, outside.settings)
    expect(await ended(long)).toMatchObject({ state: 'FAILED', exitCode: 5, lines: ['begun', 'done'] })
  })
})
