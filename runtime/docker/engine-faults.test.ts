import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../lib/ids.ts'
import { describeWithDocker, describeWithDockerd } from '../../testing/docker.ts'
import { createOwnEngine, type OwnEngine } from '../../testing/dockerd.ts'
import { createSlowSocket, type SlowSocket } from '../../testing/slow-socket.ts'
import { waitFor } from '../../testing/wait-for.ts'
import type { Runtime } from '../runtime.ts'
import { Engine } from './engine.ts'
import { containerName, holderLabels, ours } from './labels.ts'
import { removeStrangers } from './strangers.ts'
import { createPlace, type Place, textsOf } from './testing.ts'

await describeWithDocker('an engine that is slow', ({ socket }) => {
  let slow: SlowSocket
  let place: Place
  let runtime: Runtime
  beforeAll(async () => {
    slow = await createSlowSocket(socket)
    place = await createPlace(socket, { socket: slow.path })
    runtime = await place.open()
  })
  afterAll(async () => {
    slow.delayMs = 0
    await place?.dispose()
    await slow?.close()
  })
  const containers = () => place.engine.docker.listContainers({ all: true, filters: ours(place.installation) })

  test('starts and removes instances all the same, only later', async () => {
    slow.delayMs = 300
    const spec = place.spec({ command: 'echo hello; exec sleep 60' })
    expect(await runtime.apply(spec)).toMatchObject({ state: 'running' })
    expect(await textsOf(runtime, spec.id, 1)).toEqual(['hello'])
    await runtime.remove(spec.id, { graceMs: 0 })
    slow.delayMs = 0
    expect(await runtime.list()).toEqual([])
    await waitFor('a spare holder alone', async () => (await containers()).length <= 1)
  }, 60_000)

  test('one that answers nothing is away, after the time that a call may take', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'micro-silent-'))
    const path = join(directory, 'docker.sock')
    const silent = createServer((connection) => connection.on('error', () => undefined))
    await new Promise<void>((resolve) => silent.listen(path, resolve))
    await expect(new Engine(path).call((docker) => docker.info(), 200)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(path),
      details: { reason: 'ENGINE_UNAVAILABLE', hint: expect.stringContaining('MICRO_DOCKER_SOCKET') },
    })
    silent.close()
    await rm(directory, { recursive: true })
  })

  test('a container that it makes without telling goes with the instance that failed by that', async () => {
    slow.losesAnswerTo = (head) => /^POST \/(v[\d.]+\/)?containers\/create\?.*ins_/.test(head)
    await expect(runtime.apply(place.spec())).rejects.toMatchObject({ code: 'unavailable' })
    slow.losesAnswerTo = () => false
    expect(await runtime.list()).toEqual([])
    await waitFor('a spare holder alone', async () => (await containers()).length <= 1)
  }, 60_000)

  test('one that belongs to no instance is removed when it is old', async () => {
    slow.losesAnswerTo = (head) => /^POST \/(v[\d.]+\/)?containers\/create\?.*holder/.test(head)
    const { engine, installation } = place
    const before = new Set((await containers()).map(({ Id }) => Id))
    const make = new Engine(slow.path).call((docker) =>
      docker.createContainer({
        name: containerName(installation, newId('holder')),
        Image: place.image,
        Cmd: ['true'],
        Labels: holderLabels(installation, 'default'),
      }),
    )
    await expect(make).rejects.toMatchObject({ code: 'unavailable' })
    slow.losesAnswerTo = () => false
    const strangers = async () => (await containers()).filter(({ Id }) => !before.has(Id)).length
    await waitFor('the container that nobody knows', async () => (await strangers()) === 1)
    const options = { installation, known: before }
    await removeStrangers(engine, { ...options, madeBefore: new Date(Date.now() - 60_000) })
    expect(await strangers()).toBe(1)
    await removeStrangers(engine, { ...options, madeBefore: new Date(Date.now() + 1_000) })
    expect(await strangers()).toBe(0)
  }, 60_000)
})

describeWithDockerd('an engine with a small disk', (dockerd) => {
  let engine: OwnEngine
  let place: Place
  let runtime: Runtime
  beforeAll(async () => {
    engine = await createOwnEngine(dockerd, {}, { diskBytes: 400 * 2 ** 20 })
    await engine.start()
    place = await createPlace(engine.socket)
    runtime = await place.open()
  }, 120_000)
  afterAll(async () => {
    await place?.dispose()
    await engine?.dispose()
  }, 60_000)

  test('is not filled by an instance that prints without end, whose last line is there', async () => {
    const program = `
      const line = 'x'.repeat(999) + '\\n'
      let count = 0
      const more = () => {
        while (count++ < 60_000) if (!process.stdout.write(line)) return process.stdout.once('drain', more)
        console.log('the end')
      }
      more()`
    const { id } = await runtime.apply(place.spec({ command: ['node', '-e', program] }))
    let last = ''
    for await (const { text } of runtime.logs(id, { signal: AbortSignal.timeout(50_000) })) {
      last = text
      if (text === 'the end') break
    }
    expect(last).toBe('the end')
    expect(await sizeOf(join(engine.dataRoot, 'containers'))).toBeLessThan(12 * 2 ** 20)
    await runtime.remove(id, { graceMs: 0 })
  }, 60_000)

  test('that is full refuses new instances and says why; those that run go on, and can be removed', async () => {
    const { id } = await runtime.apply(place.spec({ command: 'exec sleep 60' }))
    const filler = join(engine.dataRoot, 'filler')
    await fill(filler)
    await expect(runtime.apply(place.spec())).rejects.toMatchObject({
      code: 'resource_exhausted',
      message: 'The disk is full: the instance could not be started.',
      details: { reason: 'DISK_FULL' },
    })
    expect(await runtime.list()).toMatchObject([{ id, state: 'running' }])
    await runtime.remove(id, { graceMs: 0 })
    await rm(filler)
    const again = await runtime.apply(place.spec())
    expect(again).toMatchObject({ state: 'running' })
    await runtime.remove(again.id, { graceMs: 0 })
    expect(await runtime.list()).toEqual([])
  }, 60_000)
})

/** Writes until the disk is full. */
async function fill(path: string): Promise<void> {
  const block = Buffer.alloc(2 ** 20)
  const file = await open(path, 'w')
  try {
    for (;;) await file.write(block)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  } finally {
    await file.close()
  }
}

async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
