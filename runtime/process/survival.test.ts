import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Instance, InstanceSpec } from '../runtime.ts'
import { createPlace, instancePath, isRunning, type Place, readTexts } from './fixture.ts'
import { readStatus } from './status-file.ts'

let place: Place
beforeEach(async () => {
  place = await createPlace()
})
afterEach(() => place.dispose())

describe('after kill -9 of the platform', () => {
  test('what runs is adopted, what it printed meanwhile is there, and its end is noticed', async () => {
    const spec = await place.spec({
      artifact: await place.artifact({
        'go-on.sh': 'i=0; while [ ! -e "$HOME/stop" ]; do echo "line $i"; i=$((i+1)); sleep 0.02; done; exit 9',
      }),
      command: ['sh', 'go-on.sh'],
    })
    const { applied, kill } = await platform(spec)
    await kill()

    const runtime = await place.open()
    const [instance] = await runtime.list()
    expect(instance).toEqual(applied)
    const texts = await readTexts(runtime, spec.id, (all) => all.length >= 30)
    expect(texts).toEqual(texts.map((_, index) => `line ${index}`))
    await writeFile(join(place.directory, spec.id, 'home', 'stop'), '')
    await expect.poll(async () => (await runtime.list())[0], { timeout: 10_000 }).toMatchObject({ state: 'exited', exit: { code: 9 } })
  })

  test('the exit code of what ended meanwhile is known', async () => {
    const spec = await place.spec({ command: 'while [ ! -e "$HOME/stop" ]; do sleep 0.02; done; echo bye; exit 12' })
    const { kill } = await platform(spec)
    await kill()
    const folder = join(place.directory, spec.id)
    await writeFile(join(folder, 'home', 'stop'), '')
    await expect.poll(() => readStatus(join(folder, 'status')).status, { timeout: 10_000 }).toBe(12)

    const runtime = await place.open()
    expect(await runtime.list()).toMatchObject([{ id: spec.id, state: 'exited', exit: { code: 12 } }])
    expect(await readTexts(runtime, spec.id, (texts) => texts.length > 0)).toEqual(['bye'])
  })

  test('an instance that was being started is found by what its shim wrote', async () => {
    const spec = await place.spec({ command: 'exec sleep 60' })
    const { applied, kill } = await platform(spec)
    await kill()
    await changeRecord(spec.id, (record) => ({ ...record, phase: { state: 'starting' } }))

    const runtime = await place.open()
    expect(await runtime.list()).toMatchObject([{ state: 'running', pid: applied.state === 'running' && applied.pid }])
  })

  test('an instance that was being started and never came so far has ended', async () => {
    const spec = await place.spec({ restart: 'always' })
    const first = await place.open()
    await first.apply(spec)
    await first.remove(spec.id, { graceMs: 0 })
    await first.close()
    await mkdir(join(place.directory, spec.id))
    const record = { spec, restarts: 0, failures: 0, phase: { state: 'starting' }, removing: false }
    await writeFile(join(place.directory, spec.id, 'instance.json'), JSON.stringify(record))

    const runtime = await place.open()
    expect(await runtime.list()).toMatchObject([{ id: spec.id, state: 'backoff' }])
  })

  test('a removal is finished', async () => {
    const spec = await place.spec({ command: 'echo $$; exec sleep 60' })
    const { kill } = await platform(spec)
    await kill()
    await changeRecord(spec.id, (record) => ({ ...record, removing: true }))

    const runtime = await place.open()
    expect(await runtime.list()).toEqual([])
    expect(await readdir(place.directory)).not.toContain(spec.id)
  })

  test('a folder without a record goes, with the processes that belong to it', async () => {
    const spec = await place.spec({ command: 'echo $$; exec sleep 60' })
    const { applied, kill } = await platform(spec)
    await kill()
    await writeFile(join(place.directory, spec.id, 'instance.json'), '{"half":')

    const runtime = await place.open()
    expect(await runtime.list()).toEqual([])
    expect(await readdir(place.directory)).not.toContain(spec.id)
    expect(applied.state === 'running' && (await isRunning(applied.pid))).toBe(false)
  })

  test('a process that merely has the number of one of ours is left alone', async () => {
    const innocent = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    try {
      const spec = await place.spec({ command: 'exit 1' })
      const first = await place.open()
      await first.apply(spec)
      await expect.poll(async () => (await first.list())[0]?.state).toBe('exited')
      await first.close()
      const identity = { pid: innocent.pid, startTime: '1', bootId: (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim() }
      const running = { state: 'running', process: identity, port: 40_000, startedAt: new Date() }
      await changeRecord(spec.id, (record) => ({ ...record, phase: running }))

      const runtime = await place.open()
      expect(await runtime.list()).toMatchObject([{ state: 'exited', exit: { code: 1 } }])
      await runtime.remove(spec.id, { graceMs: 0 })
      expect(innocent.exitCode ?? innocent.signalCode).toBeNull()
    } finally {
      innocent.kill('SIGKILL')
      await once(innocent, 'exit')
    }
  })
})

/** A process of the platform that applied the instance, and can be killed. */
async function platform(spec: InstanceSpec): Promise<{ applied: Instance; kill(): Promise<void> }> {
  const options = { directory: place.directory, path: instancePath, user: place.user }
  const script = `
    const { createProcessRuntime } = await import(${JSON.stringify(new URL('./driver.ts', import.meta.url).href)})
    const { createLog } = await import(${JSON.stringify(new URL('../../lib/log.ts', import.meta.url).href)})
    const runtime = await createProcessRuntime({ ...${JSON.stringify(options)}, log: createLog('test', 'silent') })
    const applied = await runtime.apply(${JSON.stringify(spec)})
    const lines = runtime.logs(applied.id, { signal: new AbortController().signal })
    console.log(JSON.stringify(applied))
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), failed(child)])
  const applied = JSON.parse(line, (key, value) => (key === 'startedAt' ? new Date(value) : value))
  return {
    applied,
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

async function changeRecord(id: string, change: (record: object) => object): Promise<void> {
  const path = join(place.directory, id, 'instance.json')
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))))
}
