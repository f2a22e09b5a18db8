import { chmod, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultEngine, docker } from '../builder/image/engine.ts'
import { rollback } from '../control/releases/redeploy.ts'
import type { Namespace } from '../gen/prisma/client.ts'
import { startPlatform } from '../processes/platform.ts'
import { freePort } from '../router/inside/testing.ts'
import { createOutside, type Outside } from '../runtime/docker/firewall/testing.ts'
import { basesTimeoutMs, requireBases } from '../testing/base-images.ts'
import { deploysOf, httpService } from '../testing/deploys.ts'
import { describeWithDocker } from '../testing/docker.ts'
import { readInImage, removeImages } from '../testing/image-builder.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { waitFor } from '../testing/wait-for.ts'
import { settingsOf } from '../testing/worker.ts'

await describeWithDocker('a deploy to containers', ({ socket }) => {
  let platform: TestPlatform
  let outside: Outside
  let namespace: Namespace
  let person: ReturnType<typeof deploysOf>
  let stop: (() => Promise<void>) | undefined

  beforeAll(async () => {
    await requireBases('node')
    outside = await createOutside()
    platform = await createTestPlatform()
    await chmod(platform.dataDirectory, 0o711)
    const docker = { runtime: 'docker', dockerSocket: socket, sandbox: 'none', networkPool: outside.pool, egressAllow: [] } as const
    const settings = { ...settingsOf(platform), ...docker, port: await freePort(), baseImages: ['local'] }
    const worker = await startPlatform(settings, platform.ctx.platform.log)
    stop = worker.stop
    const owner = await platform.createUser()
    namespace = await platform.createNamespace(owner)
    person = deploysOf(owner, namespace)
  }, basesTimeoutMs)
  afterAll(async () => {
    await stop?.()
    if (namespace) await removeImages(namespace.id)
    await platform?.close()
    await outside?.dispose()
  }, 60_000)

  const listening = (text: string) => httpService(text)['server.js']?.replace("'127.0.0.1', ", '') ?? ''

  describe('of a source', { timeout: 90_000 }, () => {
    test('without a build mounts it, and of one with a build starts the image', async () => {
      // Not kept warm, so that going back starts it anew.
      const plain = { Procfile: 'web: node server.js\n', 'micro.yaml': 'keepWarm: "0"', 'server.js': listening('one') }
      const { release } = await person.live('hello', plain)
      expect(await person.answers('hello')).toEqual([expect.stringMatching(/^one /)])
      const packed = await waitFor('it is packed', async () => {
        const row = await platform.ctx.db.release.findUniqueOrThrow({ where: { id: release?.id ?? '' } })
        return row.packedImage ?? undefined
      })
      // The same files without the directory.
      const { mount } = (await platform.ctx.db.release.findFirstOrThrow({ where: { packedImage: packed } })).artifact as { mount: string }
      expect(await readInImage({ image: packed }, 'server.js')).toBe(await readFile(join(mount, 'server.js'), 'utf8'))
      const scripts = { build: 'node build.js', start: 'node server.js' }
      const built = {
        'package.json': JSON.stringify({ scripts }),
        'build.js': `require('fs').writeFileSync('server.js', ${JSON.stringify(listening('two'))})`,
      }
      expect(await person.live('hello', built)).toMatchObject({ state: 'LIVE', release: { version: 2 } })
      expect(await person.answers('hello')).toEqual([expect.stringMatching(/^two /)])
      await rm(mount, { recursive: true })
      const { ctx, scope } = person
      await person.ended((await rollback({ ctx, input: { ...scope, service: 'hello' } })).id)
      expect(await person.answers('hello')).toEqual([expect.stringMatching(/^one /)])
      const running = await docker(defaultEngine, ['ps', '--quiet', '--filter', `ancestor=${packed}`])
      expect(running.stdout.trim()).not.toBe('')
    })

    test('with a Dockerfile starts what the image says, on the port that it names', async () => {
      const files = {
        Dockerfile:
          '# syntax=docker/dockerfile:1\nFROM node:24-bookworm-slim\nCOPY server.js /srv/\nEXPOSE 4000\nCMD ["node", "/srv/server.js"]\n',
        'server.js': listening('three').replace('process.env.PORT', '4000'),
      }
      expect(await person.live('custom', files)).toMatchObject({ state: 'LIVE', reason: null })
      expect(await person.answers('custom')).toEqual([expect.stringMatching(/^three /)])
      const { instances } = await person.service('custom')
      expect(instances).toMatchObject([{ port: 4000 }])
    })
  })
})
