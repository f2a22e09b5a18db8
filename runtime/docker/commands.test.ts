import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeWithDocker } from '../../testing/docker.ts'
import type { InstanceSpec, Runtime } from '../runtime.ts'
import { createPlace, derivedImage, type Place, textsOf } from './testing.ts'

await describeWithDocker('the command of an instance in a container', ({ socket }) => {
  let place: Place
  let runtime: Runtime
  beforeAll(async () => {
    place = await createPlace(socket)
    runtime = await place.open()
  })
  afterEach(async () => {
    await Promise.all((await runtime.list()).map(({ id }) => runtime.remove(id, { graceMs: 0 })))
  })
  afterAll(() => place?.dispose())

  const fromImage = async (...changes: string[]) => ({ kind: 'image', image: await derivedImage(place, changes) }) as const
  const apply = async ({ command, ...changes }: Partial<InstanceSpec>) => {
    const { command: _, ...spec } = place.spec(changes) // which has a command of its own
    await runtime.apply({ ...spec, ...(command === undefined ? {} : { command }) })
    return spec.id
  }

  test('is what the image says, when nothing else is said', async () => {
    const artifact = await fromImage('WORKDIR /srv', 'ENTRYPOINT ["/bin/sh", "-c"]', 'CMD ["pwd; echo $PORT"]')
    expect(await textsOf(runtime, await apply({ artifact, port: 3000 }), 2)).toEqual(['/srv', '3000'])
  })

  test('replaces both entry point and command of the image', async () => {
    const artifact = await fromImage('ENTRYPOINT ["/bin/false"]', 'CMD ["x"]')
    expect(await textsOf(runtime, await apply({ artifact, command: ['node', '-p', '40 + 2'] }), 1)).toEqual(['42'])
    expect(await textsOf(runtime, await apply({ artifact, command: 'echo "a b"' }), 1)).toEqual(['a b'])
  })

  test('is found by the PATH of the image', async () => {
    const artifact = { ...(await place.artifact({})), image: await derivedImage(place, ['ENV PATH=/nowhere']) }
    await expect(apply({ artifact, command: ['node', '--version'] })).rejects.toMatchObject({ details: { reason: 'COMMAND_NOT_FOUND' } })
    expect(
      await textsOf(runtime, await apply({ artifact, command: ['node', '-p', '1'], env: { PATH: '/bin:/usr/local/bin' } }), 1),
    ).toEqual(['1'])
  })

  test('may be a script, in the artifact too', async () => {
    const artifact = await place.artifact({ 'bin/start': '#!/bin/sh\necho "started with $1"\n' })
    await place.makeExecutable(artifact, 'bin/start')
    expect(await textsOf(runtime, await apply({ artifact, command: ['./bin/start', 'x'] }), 1)).toEqual(['started with x'])
    expect(await textsOf(runtime, await apply({ artifact, command: ['./start', 'y'], workingDirectory: 'bin' }), 1)).toEqual([
      'started with y',
    ])
  })

  describe('is refused, saying why, and leaves nothing', () => {
    afterEach(async () => {
      expect(await runtime.list()).toEqual([])
      const { docker } = place.engine
      expect(
        await docker.listContainers({ all: true, filters: { label: [`micro.installation=${place.installation}`, 'micro.role=instance'] } }),
      ).toEqual([])
    })

    test.each([
      [['no-such-program'], 'COMMAND_NOT_FOUND', 'was not found in the image'],
      [['./no-such-file'], 'COMMAND_NOT_FOUND', 'was not found in the image'],
      [['/usr/local'], 'COMMAND_NOT_FOUND', 'was not found in the image'],
      [['./plain'], 'COMMAND_NOT_EXECUTABLE', 'may not be executed'],
      [['./other-machine'], 'EXEC_FORMAT', 'cannot be executed by this machine'],
      [['./empty'], 'EXEC_FORMAT', 'cannot be executed by this machine'],
      [['./no-interpreter'], 'COMMAND_NOT_FOUND', 'needs /usr/bin/no-such-interpreter'],
    ])('%o: %s', async (command, reason, message) => {
      const artifact = await place.artifact({
        plain: '#!/bin/sh\n',
        'other-machine': Buffer.from('7f454c46020101000000000000000000020016000100', 'hex').toString('latin1'),
        empty: '',
        'no-interpreter': '#!/usr/bin/no-such-interpreter\n',
      })
      for (const file of ['other-machine', 'empty', 'no-interpreter']) await place.makeExecutable(artifact, file)
      await expect(apply({ artifact, command })).rejects.toMatchObject({
        code: 'failed_precondition',
        message: expect.stringContaining(message),
        details: { reason, hint: expect.any(String) },
      })
    })

    test('of an image that has none', async () => {
      await expect(apply({})).rejects.toMatchObject({ details: { reason: 'COMMAND_EMPTY' } })
    })

    test('of an image that is not there', async () => {
      const artifact = { kind: 'image', image: 'micro-no-such-image:1' } as const
      await expect(apply({ artifact })).rejects.toMatchObject({ code: 'failed_precondition', details: { reason: 'IMAGE_MISSING' } })
    })

    test('with an artifact that is not there', async () => {
      const artifact = { kind: 'image', image: place.image, mount: '/no/such/artifact' } as const
      await expect(apply({ artifact, command: ['node'] })).rejects.toMatchObject({ details: { reason: 'ARTIFACT_MISSING' } })
    })
  })
})
