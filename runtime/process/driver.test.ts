import { chmod, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { InstanceSpec, Runtime } from '../runtime.ts'
import { until } from '../suite/helpers.ts'
import { runtimeSuite } from '../suite.ts'
import { createPlace, instancePath, isRunning, type Place, readTexts } from './fixture.ts'

runtimeSuite('process', async () => {
  const place = await createPlace()
  let runtime = await place.open()
  return {
    runtime,
    artifact: place.artifact,
    reach: (_, port) => ({ host: '127.0.0.1', port }),
    async reopen() {
      await runtime.close()
      runtime = await place.open()
      return runtime
    },
    dispose: place.dispose,
  }
})

describe('the process driver', () => {
  let place: Place
  let runtime: Runtime

  beforeAll(async () => {
    place = await createPlace()
    runtime = await place.open()
  })
  afterAll(() => place.dispose())

  const start = async (changes: Partial<InstanceSpec>) => {
    const spec = await place.spec(changes)
    return { spec, instance: await runtime.apply(spec) }
  }
  const firstLine = async (command: NonNullable<InstanceSpec['command']>, changes: Partial<InstanceSpec> = {}) => {
    const { spec } = await start({ command, ...changes })
    return (await readTexts(runtime, spec.id, (texts) => texts.length > 0))[0] ?? ''
  }

  test('says what it is', () => {
    expect(runtime.capabilities).toEqual({ driver: 'process', artifact: 'directory', isolation: false })
  })

  test("gives an instance nothing of the platform's own environment", async () => {
    process.env.MICRO_TEST_SECRET = 'leak'
    const { PWD: _set_by_the_shell, ...variables } = JSON.parse(
      await firstLine(['node', '-p', 'JSON.stringify(process.env)'], { env: { OWN: '1' } }),
    )
    delete process.env.MICRO_TEST_SECRET
    const id = variables.MICRO_INSTANCE
    expect(variables).toEqual({
      PATH: instancePath,
      LANG: 'C.UTF-8',
      HOME: join(place.directory, id, 'home'),
      TMPDIR: join(place.directory, id, 'tmp'),
      PORT: expect.stringMatching(/^\d+$/),
      MICRO_INSTANCE: id,
      OWN: '1',
    })
  })

  test('gives an instance no open files of the platform', async () => {
    const { spec } = await start({ command: ['node', '-e', listOpenFiles] })
    const files = await readTexts(runtime, spec.id, (texts) => texts.at(-1) === 'done')
    expect(files.slice(0, 3)).toEqual(['/dev/null', join(place.directory, spec.id, 'output'), join(place.directory, spec.id, 'output')])
    expect(files.slice(3).filter((file) => file.startsWith(place.directory))).toEqual([])
  })

  test('limits files, memory and core dumps, and forbids new privileges', async () => {
    const line = await firstLine(
      'echo $(ulimit -c) $(ulimit -n) $(ulimit -d) $(sed -n "s/NoNewPrivs:.//p" /proc/self/status) $(cat /proc/self/oom_score_adj)',
      {
        limits: { memoryBytes: 1024 ** 3, cpus: 1, processes: 10 },
      },
    )
    expect(line).toBe('0 8192 4194304 1 500')
  })

  test.skipIf(process.getuid?.() !== 0)(
    'as root runs instances as the tenant user, who can write its home and nothing else of ours (needs root)',
    async () => {
      const artifact = await place.artifact({ 'file.txt': 'content' })
      const { spec } = await start({
        artifact,
        command:
          'id -u; id -G; touch file.txt new.txt; cat "$HOME/../instance.json"; ls "$HOME/.."; touch "$HOME/mine" && echo mine; echo done',
      })
      const [uid, groups, ...rest] = await readTexts(runtime, spec.id, (texts) => texts.at(-1) === 'done')
      expect(uid).toBe(String(place.user?.uid))
      expect(groups).toBe(String(place.user?.gid))
      expect(rest.filter((text) => text.includes('denied'))).toHaveLength(4)
      expect(rest.slice(-2)).toEqual(['mine', 'done'])
      expect((await stat(join(place.directory, spec.id, 'instance.json'))).mode & 0o777).toBe(0o600)
    },
  )

  test.skipIf(process.getuid?.() !== 0)('as root keeps secrets from being changed, and from other users (needs root)', async () => {
    const command = 'cd "$MICRO_SECRETS"; cat A; echo; touch B; echo new > A; rm A; echo done'
    const { spec } = await start({ command, secrets: { A: 'secret' } })
    const texts = await readTexts(runtime, spec.id, (all) => all.at(-1) === 'done')
    expect(texts[0]).toBe('secret')
    expect(texts.filter((text) => text.includes('denied'))).toHaveLength(3)
    const directory = join(place.directory, spec.id, 'secrets')
    expect((await stat(directory)).mode & 0o007).toBe(0)
    expect((await stat(join(directory, 'A'))).mode & 0o007).toBe(0)
    await runtime.remove(spec.id, { graceMs: 0 })
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('finds programs of the artifact first', async () => {
    const artifact = { ...(await place.artifact({ 'tools/deep/node': '#!/bin/sh\necho "mine $*"\n' })), programs: ['tools/deep'] }
    await chmod(join(artifact.path, 'tools/deep/node'), 0o755)
    for (const command of [['node', 'a b'], 'node "a b"']) {
      const { spec } = await start({ artifact, command })
      expect(await readTexts(runtime, spec.id, (texts) => texts.length > 0)).toEqual(['mine a b'])
    }
  })

  test('does not execute a built-in of its shell', async () => {
    await expect(runtime.apply(await place.spec({ command: ['eval', 'echo oops'] }))).rejects.toMatchObject({
      details: { reason: 'COMMAND_NOT_FOUND' },
    })
  })

  test('refuses a file that may not be executed, and a directory that is not there', async () => {
    const artifact = await place.artifact({ 'run.txt': '' })
    await expect(runtime.apply(await place.spec({ artifact, command: ['./run.txt'] }))).rejects.toMatchObject({
      details: { reason: 'COMMAND_NOT_EXECUTABLE' },
    })
    await expect(runtime.apply(await place.spec({ artifact, workingDirectory: 'gone' }))).rejects.toMatchObject({
      details: { reason: 'WORKING_DIRECTORY_MISSING' },
    })
    await expect(runtime.apply(await place.spec({ artifact: { kind: 'image', image: 'x' } }))).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })

  test('says so when the variables are more than the kernel takes', async () => {
    const env = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`V${i}`, 'x'.repeat(32_000)]))
    await expect(start({ command: ['node', '-v'], env })).rejects.toMatchObject({
      code: 'failed_precondition',
      details: { reason: 'ENVIRONMENT_TOO_LARGE' },
    })
  })

  test('leaves nothing of an instance that could not be started', async () => {
    const spec = await place.spec({})
    await writeFile(join(place.directory, spec.id), 'in the way of its folder')
    await expect(runtime.apply(spec)).rejects.toThrow()
    expect((await runtime.list()).filter(({ id }) => id === spec.id)).toEqual([])
    expect(await runtime.apply(spec)).toMatchObject({ state: 'running' })
  })

  test('goes on to another port when its own was taken while it waited to be started again', async () => {
    const { spec, instance } = await start({ command: 'exit 1', restart: 'always' })
    if (instance.state !== 'running') throw new Error('it was just started')
    await until(runtime, spec.id, ({ state }) => state === 'backoff')
    const thief = createServer()
    await new Promise<void>((resolve) => thief.listen(instance.address.port, '127.0.0.1', resolve))
    const again = await until(runtime, spec.id, ({ state, restarts }) => state === 'running' && restarts === 1)
    thief.close()
    expect(again.state === 'running' && again.address.port).not.toBe(instance.address.port)
  })

  test('keeps the order of what an instance prints to both streams', async () => {
    const { spec } = await start({ command: 'for i in 1 2 3; do echo "out $i"; echo "err $i" >&2; done' })
    const expected = ['out 1', 'err 1', 'out 2', 'err 2', 'out 3', 'err 3']
    expect(await readTexts(runtime, spec.id, (texts) => texts.length >= 6)).toEqual(expected)
  })

  test('keeps what an instance prints although it empties its own output', async () => {
    const { spec } = await start({ command: 'echo long before; sleep 0.3; echo emptied > /dev/stderr; sleep 0.3; echo after' })
    expect(await readTexts(runtime, spec.id, (texts) => texts.includes('after'))).toEqual(['long before', 'emptied', 'after'])
  })

  test('ends what the main process left when the shim is killed, and says that the end is unknown', async () => {
    const { spec, instance } = await start({ command: 'echo $$; exec sleep 60' })
    const [pid] = await readTexts(runtime, spec.id, (texts) => texts.length > 0)
    if (instance.state !== 'running' || instance.pid === undefined) throw new Error('it was just started')
    process.kill(instance.pid, 'SIGKILL')
    const ended = await until(runtime, spec.id, ({ state }) => state === 'exited')
    expect(ended).toMatchObject({ exit: { at: expect.any(Date) } })
    expect(ended.state === 'exited' && (ended.exit.code ?? ended.exit.signal)).toBeUndefined()
    expect(await isRunning(pid)).toBe(false)
  })

  test('refuses a second driver on the same directory', async () => {
    await expect(place.open()).rejects.toMatchObject({ code: 'failed_precondition', details: { reason: 'RUNTIME_LOCKED' } })
  })
})

const listOpenFiles = `const fs = require('fs')
for (let fd = 0; fd < 100; fd++) try { console.log(fs.readlinkSync('/proc/self/fd/' + fd)) } catch {}
console.log('done')`
