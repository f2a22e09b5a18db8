import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../lib/ids.ts'
import type { Instance, InstanceSpec, LogLine, Runtime } from './runtime.ts'

/** What a driver gives the suite: a runtime of its own with nothing in it. */
export type RuntimeFixture = {
  runtime: Runtime
  /** An artifact with these files (path → content) in which `node` and `sh` can be executed. */
  artifact(files: Readonly<Record<string, string>>): Promise<InstanceSpec['artifact']>
  /** Closes the driver and opens another on the same state, as the next process of the platform would. */
  reopen(): Promise<Runtime>
  dispose(): Promise<void>
}

/** What every driver must do. */
export function runtimeSuite(name: string, factory: () => Promise<RuntimeFixture>): void {
  describe(`runtime ${name}`, () => {
    let fixture: RuntimeFixture
    let runtime: Runtime
    let artifact: InstanceSpec['artifact']

    beforeAll(async () => {
      fixture = await factory()
      runtime = fixture.runtime
      artifact = await fixture.artifact(programs)
    })
    afterEach(async () => {
      const left = await runtime.list()
      await Promise.all(left.map(({ id }) => runtime.remove(id, { graceMs: 0 })))
    })
    afterAll(() => fixture.dispose())

    const specOf = (changes: Partial<InstanceSpec>): InstanceSpec => ({
      id: newId('ins'),
      namespace: 'acme',
      service: 'helloworld',
      release: 1,
      artifact,
      command: ['node', 'server.mjs'],
      env: {},
      limits: { memoryBytes: 256 * 1024 * 1024, cpus: 1, processes: 64 },
      restart: 'never',
      ...changes,
    })
    const start = async (changes: Partial<InstanceSpec>) => {
      const spec = specOf(changes)
      await runtime.apply(spec)
      return spec
    }
    const find = async (id: string) => (await runtime.list()).find((instance) => instance.id === id)
    const output = async (id: string, count: number) => (await read(runtime, id, (lines) => lines.length >= count)).map(({ text }) => text)

    describe('starting', () => {
      test('an applied instance runs and answers on the address it was given', async () => {
        const { id } = await start({})
        const instance = await find(id)
        expect(instance).toMatchObject({ id, namespace: 'acme', service: 'helloworld', release: 1, restarts: 0, state: 'running' })
        expect(await (await answer(instance)).text()).toBe('hello')
      })

      test('applying the same spec again changes nothing', async () => {
        const spec = specOf({})
        const first = await runtime.apply(spec)
        expect(await runtime.apply(structuredClone(spec))).toEqual(first)
        expect(await runtime.list()).toHaveLength(1)
      })

      test('applying the same spec twice at once starts one instance', async () => {
        const spec = specOf({ command: 'echo started; exec sleep 60' })
        await Promise.all([runtime.apply(spec), runtime.apply(spec)])
        await runtime.remove(spec.id, { graceMs: 0 })
        await start({ ...spec, command: 'echo once' })
        expect(await output(spec.id, 1)).toEqual(['once'])
      })

      test('the instance sees its variables, PORT and MICRO_INSTANCE', async () => {
        const { id } = await start({ command: ['node', 'variables.mjs'], env: { GREETING: 'a "b" $c\n`d`', PORT: '1' } })
        const variables = JSON.parse((await output(id, 1))[0] ?? '')
        const instance = await find(id)
        expect(variables).toMatchObject({ GREETING: 'a "b" $c\n`d`', MICRO_INSTANCE: id })
        if (instance?.state === 'running') expect(variables.PORT).toBe(String(instance.address.port))
        expect(Number(variables.PORT)).toBeGreaterThan(1)
      })

      test('a list is executed as it is, a string as a command line', async () => {
        const list = await start({ command: ['node', '-p', 'process.argv.slice(1).join("|")', '$HOME', 'a b', '; exit 3'] })
        const line = await start({ command: 'X=1; echo "$X $GREETING" && echo two', env: { GREETING: 'hi' } })
        expect(await output(list.id, 1)).toEqual(['$HOME|a b|; exit 3'])
        expect(await output(line.id, 2)).toEqual(['1 hi', 'two'])
      })

      test('it starts in the artifact, or in the working directory inside it', async () => {
        const root = await start({ command: 'cat where.txt' })
        const inner = await start({ command: 'cat where.txt', workingDirectory: 'inner/deep' })
        expect(await output(root.id, 1)).toEqual(['root'])
        expect(await output(inner.id, 1)).toEqual(['deep'])
      })

      test('its home and its temporary directory can be written', async () => {
        const { id } = await start({ command: 'echo a > "$HOME/file" && echo b > "$TMPDIR/file" && cat "$HOME/file" "$TMPDIR/file"' })
        expect(await output(id, 2)).toEqual(['a', 'b'])
      })

      test('a command that does not exist is refused and leaves nothing', async () => {
        const spec = specOf({ command: ['no-such-command', 'x'] })
        await expect(runtime.apply(spec)).rejects.toMatchObject({ code: 'failed_precondition', details: { reason: 'COMMAND_NOT_FOUND' } })
        expect(await runtime.list()).toEqual([])
      })

      test('a command line whose command does not exist exits with 127', async () => {
        const { id } = await start({ command: 'no-such-command' })
        expect((await exited(runtime, id)).exit.code).toBe(127)
      })

      test.each([
        ['id', { id: '../x' }],
        ['workingDirectory', { workingDirectory: '../x' }],
        ['command', { command: [] }],
        ['env', { env: { 'A=B': 'c' } }],
      ] satisfies [string, Partial<InstanceSpec>][])('a %s that could break out is refused', async (_, changes) => {
        await expect(runtime.apply(specOf(changes))).rejects.toMatchObject({ code: 'invalid_argument' })
      })
    })

    describe('output', () => {
      test('both streams come line by line with their time, also a last line without its end', async () => {
        const before = Date.now()
        const { id } = await start({ command: 'echo out; echo err >&2; printf "no end"' })
        const lines = await read(runtime, id, (all) => all.length >= 3)
        expect(lines.map(({ text }) => text)).toEqual(['out', 'err', 'no end'])
        for (const { at } of lines) expect(at.getTime()).toBeGreaterThanOrEqual(before - 1000)
      })

      test('reading goes on from a cursor without loss or duplicate while lines are written', async () => {
        const { id } = await start({ command: 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done' })
        const lines: LogLine[] = []
        while (lines.length < 5000) {
          const after = lines.at(-1)?.cursor
          const want = Math.min(700, 5000 - lines.length)
          lines.push(...(await read(runtime, id, (all) => all.length >= want, after)))
        }
        expect(lines.map(({ text }) => text)).toEqual(Array.from({ length: 5000 }, (_, i) => `line ${i}`))
      })

      test('a line has the same time and cursor whenever it is read', async () => {
        const { id } = await start({ command: 'echo one; echo two' })
        await exited(runtime, id)
        const first = await read(runtime, id, (all) => all.length >= 2)
        expect(await read(runtime, id, (all) => all.length >= 2)).toEqual(first)
      })

      test('lines come live, without waiting for the end of the instance', async () => {
        const { id } = await start({ command: 'echo early; exec sleep 60' })
        expect(await output(id, 1)).toEqual(['early'])
        expect((await find(id))?.state).toBe('running')
      })

      test('bytes that are not UTF-8 become U+FFFD and do no harm', async () => {
        const { id } = await start({ command: ['node', 'binary.mjs'] })
        expect(await output(id, 2)).toEqual(['a\u{fffd}\u{fffd}\0b', 'after'])
      })

      test('very long lines are split at 16 KiB, never inside a character', async () => {
        const { id } = await start({ command: ['node', 'long.mjs'] })
        const lines = await read(runtime, id, (all) => all.at(-1)?.text === 'after')
        const pieces = lines.slice(0, -1).map(({ text }) => text)
        expect(pieces.join('')).toBe(`x${'é'.repeat(40_000)}`)
        for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(16 * 1024)
        expect(pieces).toHaveLength(5)
      })

      test('reading ends when the instance is removed and all was read', async () => {
        const { id } = await start({ command: 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done' })
        const texts: string[] = []
        for await (const { text } of runtime.logs(id, { signal: AbortSignal.timeout(20_000) })) {
          texts.push(text)
          if (text === 'ready') void runtime.remove(id, { graceMs: 10_000 })
        }
        // The shell itself remarks that `sleep` was terminated.
        expect([texts.at(0), texts.at(-1)]).toEqual(['ready', 'bye'])
      })

      test('reading ends when the signal aborts', async () => {
        const { id } = await start({ command: 'exec sleep 60' })
        const abort = new AbortController()
        const reading = read(runtime, id, () => false, undefined, abort.signal)
        abort.abort()
        expect(await reading).toEqual([])
      })

      test('an instance that does not exist has no output', async () => {
        await expect(read(runtime, newId('ins'), () => true)).rejects.toMatchObject({ code: 'not_found' })
      })
    })

    describe('ending', () => {
      test('the exit code is kept', async () => {
        const { id } = await start({ command: ['node', '-e', 'process.exit(3)'] })
        const { exit } = await exited(runtime, id)
        expect(exit).toEqual({ at: expect.any(Date), code: 3 })
        expect(Math.abs(Date.now() - exit.at.getTime())).toBeLessThan(20_000)
      })

      test('the signal that ended it is kept', async () => {
        const { id } = await start({ command: ['node', '-e', 'process.kill(process.pid, "SIGKILL")'] })
        expect((await exited(runtime, id)).exit).toEqual({ at: expect.any(Date), signal: 'SIGKILL' })
      })

      test('with `always` it is started again after a pause that doubles', async () => {
        const { id } = await start({ command: 'echo "run on $PORT"; exit 4', restart: 'always' })
        const pauses: number[] = []
        for await (const instance of runtime.watch({ signal: AbortSignal.timeout(20_000) })) {
          if (instance.id !== id || instance.state !== 'backoff') continue
          expect(instance.lastExit.code).toBe(4)
          expect(instance.restarts).toBe(pauses.length)
          pauses.push(instance.retryAt.getTime() - instance.lastExit.at.getTime())
          if (pauses.length === 2) break
        }
        expect(pauses).toEqual([1000, 2000])
        expect(await output(id, 2)).toHaveLength(2)
      })

      test('with `never` it stays as it ended', async () => {
        const { id } = await start({ command: 'exit 5' })
        expect(await exited(runtime, id)).toMatchObject({ state: 'exited', restarts: 0, exit: { code: 5 } })
      })

      test('applying another restart policy changes only that', async () => {
        const spec = await start({ command: 'exit 6' })
        await exited(runtime, spec.id)
        await runtime.apply({ ...spec, restart: 'always' })
        const back = await until(runtime, spec.id, (instance) => instance.restarts > 0 && instance.state === 'backoff')
        expect(back).toMatchObject({ lastExit: { code: 6 } })
        expect(await runtime.apply({ ...spec, restart: 'never' })).toMatchObject({ state: 'exited', exit: { code: 6 } })
      })

      test('what the main process left running goes with it', async () => {
        const { id } = await start({ command: 'node child.mjs & while [ ! -e "$HOME/child" ]; do sleep 0.02; done; exit 0' })
        await exited(runtime, id)
        expect(await runtime.listening(id)).toEqual([])
      })
    })

    describe('removing', () => {
      test('it gets SIGTERM and the time to end by itself', async () => {
        const { id } = await start({ command: ['node', 'drain.mjs'] })
        await output(id, 1)
        const texts = readAll(runtime, id)
        await runtime.remove(id, { graceMs: 20_000 })
        expect(await texts).toEqual(['ready', 'draining', 'drained'])
        expect(await find(id)).toBeUndefined()
      })

      test('one that ignores SIGTERM is killed when its grace is over', async () => {
        const { id } = await start({ command: ['node', 'stubborn.mjs'] })
        const [line] = await output(id, 1)
        const before = Date.now()
        await runtime.remove(id, { graceMs: 300 })
        expect(Date.now() - before).toBeGreaterThanOrEqual(295)
        await expect(fetch(`http://${line}`)).rejects.toThrow()
      })

      test('grandchildren go too, also in a session of their own', async () => {
        const { id } = await start({ command: ['node', 'family.mjs'] })
        const addresses = await output(id, 2)
        for (const address of addresses) expect((await fetch(`http://${address}`)).status).toBe(200)
        await runtime.remove(id, { graceMs: 100 })
        for (const address of addresses) await expect(fetch(`http://${address}`)).rejects.toThrow()
      })

      test('removing again with less grace hurries', async () => {
        const { id } = await start({ command: ['node', 'stubborn.mjs'] })
        await output(id, 1)
        const before = Date.now()
        const slow = runtime.remove(id, { graceMs: 60_000 })
        await runtime.remove(id, { graceMs: 0 })
        await slow
        expect(Date.now() - before).toBeLessThan(20_000)
      })

      test('an unknown id is no error, and a removed id can be used again', async () => {
        await runtime.remove(newId('ins'), { graceMs: 0 })
        const spec = await start({})
        const going = runtime.remove(spec.id, { graceMs: 0 })
        const again = await runtime.apply(spec)
        await going
        expect(again).toMatchObject({ id: spec.id, state: 'running' })
        expect(await (await answer(again)).text()).toBe('hello')
      })

      test('one that waits to be started again is removed at once', async () => {
        const { id } = await start({ command: 'exit 1', restart: 'always' })
        await until(runtime, id, ({ state }) => state === 'backoff')
        await runtime.remove(id, { graceMs: 60_000 })
        expect(await find(id)).toBeUndefined()
      })
    })

    describe('knowing', () => {
      test('watch begins with what exists and tells each change', async () => {
        const { id } = await start({ command: 'sleep 0.2; exit 7' })
        const states: string[] = []
        for await (const instance of runtime.watch({ signal: AbortSignal.timeout(20_000) })) {
          if (instance.id === id) states.push(instance.state)
          if (instance.state === 'exited') break
        }
        expect(states).toEqual(['running', 'exited'])
      })

      test('watch ends when the signal aborts', async () => {
        const abort = new AbortController()
        const seen: Instance[] = []
        const watching = (async () => {
          for await (const instance of runtime.watch({ signal: abort.signal })) seen.push(instance)
        })()
        abort.abort()
        await watching
        expect(seen).toEqual([])
      })

      test('listening tells the addresses, of children too', async () => {
        const { id } = await start({ command: 'node server.mjs & node child.mjs; wait' })
        const instance = await find(id)
        const port = instance?.state === 'running' ? instance.address.port : 0
        const [child] = await output(id, 1)
        await answer(instance)
        const listening = (await runtime.listening(id)).map(({ host, port }) => `${host}:${port}`)
        expect(listening.sort()).toEqual([`127.0.0.1:${port}`, child].sort())
      })

      test('two instances never get the same address', async () => {
        const specs = await Promise.all(Array.from({ length: 8 }, () => start({ command: 'exec sleep 60' })))
        const instances = (await runtime.list()).flatMap((instance) => (instance.state === 'running' ? instance : []))
        expect(instances).toHaveLength(specs.length)
        expect(new Set(instances.map(({ address }) => `${address.host}:${address.port}`)).size).toBe(specs.length)
      })

      test('stats tell what a running instance uses, and nothing of one that has ended', async () => {
        const { id } = await start({ command: ['node', 'busy.mjs'] })
        await output(id, 1)
        const first = await runtime.stats(id)
        expect(first?.cpuMs).toBeGreaterThanOrEqual(100)
        expect(first?.memoryBytes).toBeGreaterThan(5 * 2 ** 20)
        expect(first?.processes).toBeGreaterThanOrEqual(1)
        const ended = await start({ command: 'exit 0' })
        await exited(runtime, ended.id)
        expect(await runtime.stats(ended.id)).toBeUndefined()
      })

      test('a paused instance does nothing until it is resumed, and removing one lets it end by itself', async () => {
        const { id } = await start({ command: ['node', 'drain.mjs'] })
        await output(id, 1)
        const instance = await find(id)
        await answer(instance)
        await runtime.pause(id)
        await runtime.pause(id)
        expect((await find(id))?.state).toBe('running')
        const asked = answer(instance)
        const silent = Symbol('no answer')
        expect(await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 150, silent))])).toBe(silent)
        await runtime.resume(id)
        expect((await asked).status).toBe(200)
        await runtime.pause(id)
        const texts = readAll(runtime, id)
        await runtime.remove(id, { graceMs: 20_000 })
        expect((await texts).at(-1)).toBe('drained')
      })

      test('another driver on the same state finds what runs, what ended and what waits', async () => {
        const running = await start({})
        const ended = await start({ command: 'echo last words; exit 8' })
        const waiting = await start({ command: 'exit 9', restart: 'always' })
        const [before] = await read(runtime, ended.id, (all) => all.length >= 1)
        await exited(runtime, ended.id)
        await until(runtime, waiting.id, ({ state }) => state === 'backoff')
        const was = await find(running.id)

        runtime = await fixture.reopen()

        expect(await find(running.id)).toEqual(was)
        expect(await (await answer(was)).text()).toBe('hello')
        expect(await find(ended.id)).toMatchObject({ state: 'exited', exit: { code: 8 } })
        expect(await read(runtime, ended.id, (all) => all.length >= 1)).toEqual([before])
        await until(runtime, waiting.id, ({ restarts }) => restarts > 0)
      })

      test('an adopted instance is watched: its exit code and its last lines arrive', async () => {
        const { id } = await start({ command: ['node', 'drain.mjs'] })
        const [ready] = await read(runtime, id, (all) => all.length >= 1)

        runtime = await fixture.reopen()

        const instance = await find(id)
        await answer(instance, '/exit')
        expect((await exited(runtime, id)).exit.code).toBe(11)
        expect((await read(runtime, id, (all) => all.length >= 1, ready?.cursor)).map(({ text }) => text)).toEqual(['asked to exit'])
      })
    })
  })
}

const programs = {
  'where.txt': 'root\n',
  'inner/deep/where.txt': 'deep\n',
  'server.mjs': `import http from 'node:http'
http.createServer((request, response) => response.end('hello')).listen(process.env.PORT, '127.0.0.1')
`,
  'variables.mjs': `console.log(JSON.stringify(process.env))
setInterval(() => {}, 1000)
`,
  'busy.mjs': `const until = Date.now() + 200
while (Date.now() < until);
console.log('done')
setInterval(() => {}, 1000)
`,
  'binary.mjs': `process.stdout.write(Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62, 0x0a]))
process.stdout.write('after\\n')
`,
  'long.mjs': `process.stdout.write('x' + 'é'.repeat(40000) + '\\nafter\\n')
`,
  'drain.mjs': `import http from 'node:http'
const server = http.createServer((request, response) => {
  response.end()
  if (request.url === '/exit') {
    console.log('asked to exit')
    process.exitCode = 11
    server.close()
    server.closeAllConnections()
  }
})
process.on('SIGTERM', () => {
  console.log('draining')
  setTimeout(() => (console.log('drained'), process.exit(0)), 200)
})
server.listen(process.env.PORT, '127.0.0.1', () => console.log('ready'))
`,
  'child.mjs': `import fs from 'node:fs'
import http from 'node:http'
process.on('SIGTERM', () => {})
const server = http.createServer((request, response) => response.end('child')).listen(0, '127.0.0.1', () => {
  fs.writeFileSync(process.env.HOME + '/child', '')
  console.log('127.0.0.1:' + server.address().port)
})
`,
  'stubborn.mjs': `import http from 'node:http'
process.on('SIGTERM', () => {})
http.createServer((request, response) => response.end()).listen(process.env.PORT, '127.0.0.1', () => console.log('127.0.0.1:' + process.env.PORT))
`,
  'family.mjs': `import { spawn } from 'node:child_process'
for (const detached of [false, true]) spawn('node', ['child.mjs'], { stdio: 'inherit', detached }).unref()
setInterval(() => {}, 1000)
`,
}

/** Reads until the lines satisfy, or all was read. */
async function read(
  runtime: Runtime,
  id: string,
  enough: (lines: LogLine[]) => boolean,
  after?: string,
  signal = AbortSignal.timeout(20_000),
): Promise<LogLine[]> {
  const lines: LogLine[] = []
  for await (const line of runtime.logs(id, { signal, ...(after === undefined ? {} : { after }) })) {
    lines.push(line)
    if (enough(lines)) break
  }
  return lines
}

const readAll = async (runtime: Runtime, id: string) => (await read(runtime, id, () => false)).map(({ text }) => text)

async function until(runtime: Runtime, id: string, condition: (instance: Instance) => boolean): Promise<Instance> {
  for await (const instance of runtime.watch({ signal: AbortSignal.timeout(20_000) })) {
    if (instance.id === id && condition(instance)) return instance
  }
  throw new Error(`instance ${id} never came to the expected state`)
}

async function exited(runtime: Runtime, id: string): Promise<Extract<Instance, { state: 'exited' }>> {
  const instance = await until(runtime, id, ({ state }) => state === 'exited')
  if (instance.state !== 'exited') throw new Error('unreachable')
  return instance
}

/** The first answer of an instance that may still be starting. */
async function answer(instance: Instance | undefined, path = '/'): Promise<Response> {
  if (instance?.state !== 'running') throw new Error(`the instance does not run: ${JSON.stringify(instance)}`)
  const url = `http://${instance.address.host}:${instance.address.port}${path}`
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      return await fetch(url)
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
