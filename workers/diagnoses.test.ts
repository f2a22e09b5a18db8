import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Namespace } from '../gen/prisma/client.ts'
import { basesTimeoutMs } from '../testing/base-images.ts'
import { deploysOf, type Files } from '../testing/deploys.ts'
import { describeWithDocker } from '../testing/docker.ts'
import { dockerSettings } from '../testing/docker-worker.ts'
import { removeImages } from '../testing/image-builder.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { startWorker, type TestWorker } from '../testing/worker.ts'

const server = (listen: string, answer = "response.end('hello')") =>
  `require('node:http').createServer((request, response) => ${answer}).listen(${listen})\n`
const node = (program: string, yaml = ''): Files => ({
  Procfile: 'web: node server.js\n',
  'server.js': program,
  'micro.yaml': `startTimeout: 4s\n${yaml}`,
})
/** The head of a program for a 32-bit ARM: all that anybody looks at. */
const foreign = `\x7fELF\x01\x01\x01${'\0'.repeat(9)}\x02\0\x28\0\x01\0\0\0${'\0'.repeat(64)}`

const failures: Record<string, { files: Files; reason: RegExp; hint: RegExp }> = {
  'a wrong port': {
    files: node(server('3000')),
    reason: /^The service is listening on 3000, expected \$PORT 8080\.$/,
    hint: /`process\.env\.PORT` in Node\.js/,
  },
  'the loopback address only': {
    files: node(server("process.env.PORT, '127.0.0.1'")),
    reason: /^The service is listening on 127\.0\.0\.1:8080, which cannot be reached at 10\.[\d.]+:8080\.$/,
    hint: /^Listen on 0\.0\.0\.0/,
  },
  'a missing variable': {
    files: node("if (!process.env.DATABASE_URL) throw new Error('DATABASE_URL is required')\n"),
    reason:
      /^The service exited with code 1 after [\d.]+ s: the environment variable DATABASE_URL is missing; it said: Error: DATABASE_URL is required\.$/,
    hint: /`micro env-var set missing-variable DATABASE_URL=…`/,
  },
  'too little memory': {
    files: node('const kept = []; for (;;) kept.push(Buffer.alloc(2 ** 20, 1))\n', 'memory: 64Mi\n'),
    reason:
      /^The service was killed by SIGKILL after [\d.]+ s: it went over its memory limit of 64 MiB; (it printed nothing|last output: Killed)\.$/,
    hint: /`memory: 128Mi` in micro\.yaml/,
  },
  'a program for another machine': {
    files: { Dockerfile: 'FROM node:24-bookworm-slim\nCOPY app /srv/app\nRUN chmod +x /srv/app\nCMD ["/srv/app"]\n', app: foreign },
    reason: /^The start command `\/srv\/app` cannot be executed by this machine \((x86_64|aarch64)\)\.$/,
    hint: /Build it for this machine: linux\/(amd64|arm64)/,
  },
  'a command that is not there': {
    files: { ...node(''), Procfile: 'web: no-such-program --serve\n' },
    reason: /^The service exited with code 127 after [\d.]+ s: a program that it is to run was not found; .*no-such-program: not found\.$/,
    hint: /`start` in micro\.yaml/,
  },
  'no start command': {
    files: { Dockerfile: 'FROM scratch\nCOPY app /app\n', app: 'x' },
    reason: /^The image has no start command\.$/,
    hint: /`start` in micro\.yaml.*CMD/,
  },
  'a health path that is not there': {
    files: node(server('process.env.PORT', 'response.writeHead(404).end()'), 'health: /healthz\n'),
    reason: /^The service answered 404 at its health path \/healthz; /,
    hint: /`health: \/` in micro\.yaml or `--health-path`/,
  },
  'migrations that take too long in the release command': {
    files: node(server('process.env.PORT'), 'release: echo migrating 1 of 9; sleep 60\nreleaseTimeout: 2s\n'),
    reason:
      /^The release command \(echo migrating 1 of 9; sleep 60\) failed: It took longer than its time-out, 2 s, and was stopped\. Its last output: migrating 1 of 9$/,
    hint: /`releaseTimeout: 2h` in micro\.yaml.*`micro logs slow-release --build`/,
  },
  'migrations that take too long in the start command': {
    files: { ...node(server('process.env.PORT')), Procfile: 'web: echo running migrations; sleep 60; node server.js\n' },
    reason:
      /^The service did not listen on \$PORT 8080 within [\d.]+ s, and it seems to migrate a database; last output: running migrations\.$/,
    hint: /`release` in micro\.yaml/,
  },
}

const names = [
  'port',
  'loopback',
  'missing-variable',
  'memory',
  'machine',
  'not-found',
  'no-command',
  'health',
  'slow-release',
  'slow-start',
]

await describeWithDocker('a deploy to containers that fails tells', ({ socket }) => {
  let platform: TestPlatform
  let worker: TestWorker | undefined
  let namespace: Namespace
  let person: ReturnType<typeof deploysOf>
  let dispose: (() => Promise<void>) | undefined
  const deployments = new Map<string, string>()

  beforeAll(async () => {
    const docker = await dockerSettings(socket)
    dispose = docker.dispose
    platform = await createTestPlatform()
    worker = await startWorker(platform, docker.settings)
    const owner = await platform.createUser()
    namespace = await platform.createNamespace(owner)
    person = deploysOf(owner, namespace)
    // All at once: most of the time is waiting.
    for (const [index, [cause, { files }]] of Object.entries(failures).entries())
      deployments.set(cause, await person.deploy(names[index] ?? cause, files))
  }, basesTimeoutMs)
  afterAll(async () => {
    await worker?.stop()
    if (namespace) await removeImages(namespace.id)
    await platform?.close()
    await dispose?.()
  }, 60_000)

  test.each(Object.entries(failures))('%s', { timeout: 90_000 }, async (cause, { reason, hint }) => {
    const row = await person.ended(deployments.get(cause) ?? '')
    expect(row).toMatchObject({ state: 'FAILED', reason: expect.stringMatching(reason), hint: expect.stringMatching(hint) })
  })
})
