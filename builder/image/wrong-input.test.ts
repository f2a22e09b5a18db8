import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basesTimeoutMs, requireBases } from '../../testing/base-images.ts'
import { buildFiles, removeDirectory, temporaryDirectory } from '../../testing/builds.ts'
import { describeWithDocker } from '../../testing/docker.ts'
import { removeImages, testImageBuilder } from '../../testing/image-builder.ts'
import type { BuildLimits } from '../builder.ts'

await describeWithDocker('a Dockerfile', () => {
  let root: string
  beforeAll(async () => {
    await requireBases('debian')
    root = await temporaryDirectory('micro-wrong-input-')
  }, basesTimeoutMs)
  afterAll(async () => {
    await removeImages('ns_wrong', 'ns_other')
    await removeDirectory(root)
  }, 60_000)

  const build = (lines: string[], options: { files?: Record<string, string>; limits?: Partial<BuildLimits>; namespace?: string } = {}) => {
    const { files = {}, limits = {}, namespace = 'ns_wrong' } = options
    const dockerfile = ['FROM debian:bookworm-slim', ...lines, 'CMD ["true"]', ''].join('\n')
    return buildFiles(testImageBuilder(root), root, { files: { ...files, Dockerfile: dockerfile }, namespace, limits })
  }
  const failure = (lines: string[], options?: Parameters<typeof build>[1]) =>
    build(lines, options).then(
      ({ log }) => `it was built: ${log.join('\n')}`,
      (error: Error) => error.message,
    )

  describe('that asks for what is the machine’s is refused', { timeout: 60_000 }, () => {
    test.each([
      ['its network', 'RUN --network=host true'],
      ['privileges', 'RUN --security=insecure true'],
      ['a device', 'RUN --device=/dev/kmsg true'],
      ['files above the source', 'COPY ../../etc/passwd /passwd'],
      ['a file that is not in the source', 'COPY nothing.txt /x'],
      ['an image that nobody has', 'FROM registry.invalid/none/such:1'],
    ])('%s: %s', async (_, line) => {
      const message = await failure([line])
      expect(message).not.toMatch(/^it was built/)
      expect(message).not.toContain('Something went wrong')
    })

    test('a link out of the source is not followed', async () => {
      const message = await failure(['COPY secrets /secrets', 'RUN cat /secrets && echo read it'], { files: { secrets: '-> /etc/shadow' } })
      expect(message).not.toMatch(/root:/)
    })
  })

  describe('is confined', { timeout: 90_000 }, () => {
    test('it has no device and no way to mount anything', async () => {
      const { log } = await build([
        'RUN (mount -t proc proc /mnt && echo mounted) || echo "not mounted"; ls /dev/kmsg /dev/sda /dev/mem || echo "no device"',
      ])
      expect(log.join('\n')).toContain('not mounted')
      expect(log.join('\n')).toContain('no device')
      expect(log).not.toContain('mounted')
    })

    test('it shares no cache with other namespaces, whatever it calls it', async () => {
      const line = (command: string) => [`ARG RUN_ID=${root}`, `RUN --mount=type=cache,id=shared,target=/cache ${command}`]
      await build(line('echo poison > /cache/file'), { namespace: 'ns_other' })
      const { log } = await build(line('test -e /cache/file && echo "seen: $(cat /cache/file)" || echo "nothing there"'))
      expect(log.join('\n')).toContain('nothing there')
    })

    test('it reaches nothing that listens on this machine, by ADD either', async () => {
      const asked: string[] = []
      const server = createServer((request, response) => {
        asked.push(request.url ?? '')
        response.end('secret')
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : 0
      try {
        await failure([`ADD http://127.0.0.1:${port}/secret /secret`])
        expect(asked).toEqual([])
      } finally {
        server.close()
      }
    })
  })

  describe('that never comes to an end is stopped', { timeout: 90_000 }, () => {
    test.each<[string, string, Partial<BuildLimits>, RegExp]>([
      ['sleeps for ever', 'RUN sleep infinity', { timeoutMs: 6_000 }, /took longer than/],
      ['prints for ever', 'RUN yes', { outputBytes: 200_000, timeoutMs: 60_000 }, /printed more than/],
      ['writes for ever', 'RUN cat /dev/zero > /big', { artifactBytes: 50_000_000, timeoutMs: 60_000 }, /wrote more than/],
      [
        'leaves a layer that is too large',
        'RUN head -c 60000000 /dev/zero > /big',
        { artifactBytes: 20_000_000 },
        /larger|more than|large/,
      ],
    ])('%s', async (_, line, limits, says) => {
      expect(await failure([line], { limits })).toMatch(says)
    })
  })
})
