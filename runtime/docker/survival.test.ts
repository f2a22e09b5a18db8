import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeWithDocker } from '../../testing/docker.ts'
import type { Instance, InstanceSpec, Runtime } from '../runtime.ts'
import { until } from '../suite/helpers.ts'
import { containerName, ours } from './labels.ts'
import { createPlace, type Place, textsOf } from './testing.ts'

await describeWithDocker('after kill -9 of the platform', ({ socket }) => {
  let place: Place
  beforeEach(async () => {
    place = await createPlace(socket)
  })
  afterEach(() => place.dispose())

  const container = (id: string) => place.engine.docker.getContainer(containerName(place.installation, id))
  const containers = async () => (await place.engine.docker.listContainers({ all: true, filters: ours(place.installation) })).length
  const recordOf = (id: string) => join(place.directory, id, 'instance.json')
  const changeRecord = async (id: string, change: (record: object) => object) =>
    writeFile(recordOf(id), JSON.stringify(change(JSON.parse(await readFile(recordOf(id), 'utf8')))))

  test('what runs is adopted, what it printed meanwhile is there, and its end is noticed', async () => {
    const spec = place.spec({ command: 'i=0; while [ $i -lt 40 ]; do echo "line $i"; i=$((i+1)); sleep 0.05; done; exit 9' })
    const { applied, kill } = await platform(place, spec)
    await kill()

    const runtime = await place.open()
    expect(await runtime.list()).toEqual([applied])
    expect(await until(runtime, spec.id, ({ state }) => state === 'exited')).toMatchObject({ exit: { code: 9 } })
    expect(await textsOf(runtime, spec.id)).toEqual(Array.from({ length: 40 }, (_, index) => `line ${index}`))
  })

  test('the exit code of what ended meanwhile is known, and what is to run always is started again', async () => {
    const once = place.spec({ command: 'sleep 1; echo bye; exit 12' })
    const first = await platform(place, once)
    await first.kill()
    await container(once.id).wait({ condition: 'not-running' })

    const runtime = await place.open()
    expect(await until(runtime, once.id, ({ state }) => state === 'exited')).toMatchObject({ exit: { code: 12 } })
    await runtime.apply({ ...once, restart: 'always' })
    expect(await until(runtime, once.id, ({ state, restarts }) => state === 'running' && restarts === 1)).toMatchObject({
      lastExit: { code: 12 },
    })
  })

  test('an instance that was being started is found, whether it came so far or not', async () => {
    const spec = place.spec()
    const { applied, kill } = await platform(place, spec)
    await kill()
    await changeRecord(spec.id, (record) => ({ ...record, phase: { state: 'starting' } }))
    let runtime = await place.open()
    expect(await runtime.list()).toEqual([applied])

    await runtime.close()
    await changeRecord(spec.id, (record) => ({ ...record, phase: { state: 'starting' } }))
    await container(spec.id).remove({ force: true })
    runtime = await place.open()
    expect(await runtime.list()).toMatchObject([{ id: spec.id, state: 'exited' }])
  })

  test('a removal is finished', async () => {
    const spec = place.spec()
    const { kill } = await platform(place, spec)
    await kill()
    await changeRecord(spec.id, (record) => ({ ...record, removing: true }))
    const runtime = await place.open()
    expect(await runtime.list()).toEqual([])
    expect(await containers()).toBe(0)
    expect(await readdir(place.directory)).not.toContain(spec.id)
  })

  test('containers without a record go, and a record that cannot be read is none', async () => {
    const spec = place.spec()
    const { kill } = await platform(place, spec)
    await kill()
    await writeFile(recordOf(spec.id), '{"half":')
    const runtime = await place.open()
    expect(await runtime.list()).toEqual([])
    expect(await containers()).toBe(0)
    expect(await readdir(place.directory)).not.toContain(spec.id)
  })

  test('one that is paused stays so, and can be resumed', async () => {
    const spec = place.spec()
    const { kill } = await platform(place, spec)
    await kill()
    await container(spec.id).pause()
    const runtime: Runtime = await place.open()
    expect(await runtime.list()).toMatchObject([{ state: 'running' }])
    expect((await container(spec.id).inspect()).State.Paused).toBe(true)
    await runtime.resume(spec.id)
    expect((await container(spec.id).inspect()).State.Paused).toBe(false)
  })

  test('two platforms cannot have the same state', async () => {
    const { kill } = await platform(place, place.spec())
    await expect(place.open()).rejects.toMatchObject({ code: 'failed_precondition', details: { reason: 'RUNTIME_LOCKED' } })
    await kill()
  })
})

/** A process of the platform that applied the instance, and can be killed. */
async function platform(
  { engine, installation, directory }: Place,
  spec: InstanceSpec,
): Promise<{ applied: Instance; kill(): Promise<void> }> {
  const script = `
    const { createDockerRuntime } = await import(${JSON.stringify(new URL('./driver.ts', import.meta.url).href)})
    const { createLog } = await import(${JSON.stringify(new URL('../../lib/log.ts', import.meta.url).href)})
    const options = ${JSON.stringify({ socket: engine.socket, installation, directory, isolation: false })}
    const runtime = await createDockerRuntime({ ...options, log: createLog('test', 'silent') })
    console.log(JSON.stringify(await runtime.apply(${JSON.stringify(spec)})))
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), failed(child)])
  return {
    applied: JSON.parse(line, (key, value) => (key === 'startedAt' ? new Date(value) : value)),
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`the platform process ended with ${code}`)
}
