import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithDockerd, leaveOut } from '../../testing/docker.ts'
import { createOwnEngine, type OwnEngine } from '../../testing/dockerd.ts'
import { waitFor } from '../../testing/wait-for.ts'
import type { InstanceSpec, Runtime } from '../runtime.ts'
import { until } from '../suite/helpers.ts'
import { createPlace, jsonOf, type Place, textsOf } from './testing.ts'

const runsc = '/usr/bin/runsc'

if (existsSync(runsc)) describeWithDockerd('an instance on gVisor', tests)
else leaveOut('an instance on gVisor', `${runsc} is not installed (Debian: runsc).`)

function tests(dockerd: string): void {
  let engine: OwnEngine
  let place: Place
  let runtime: Runtime
  beforeAll(async () => {
    // As docs/operating.md tells operators to register it.
    engine = await createOwnEngine(dockerd, { runtimes: { runsc: { path: runsc, runtimeArgs: ['--platform=ptrace', '--network=host'] } } })
    await engine.start()
    place = await createPlace(engine.socket, { sandbox: 'gvisor' })
    runtime = await place.open()
  }, 120_000)
  afterAll(async () => {
    await place?.dispose()
    await engine?.dispose()
  }, 60_000)

  const start = async (changes: Partial<InstanceSpec>) => {
    const spec = place.spec(changes)
    const instance = await runtime.apply(spec)
    if (instance.state !== 'running') throw new Error('it did not start')
    return instance
  }

  test('has a kernel of its own, and is an ordinary user without capabilities there', async () => {
    const program = `
      const fs = require('node:fs')
      const status = fs.readFileSync('/proc/self/status', 'utf8')
      let written
      try { fs.writeFileSync('/x', '') } catch (error) { written = error.code }
      fs.writeFileSync(process.env.HOME + '/x', '')
      console.log(JSON.stringify({ version: fs.readFileSync('/proc/version', 'utf8'), uid: process.getuid(), caps: /CapEff:\\t(\\w+)/.exec(status)[1], written }))`
    const { id } = await start({ command: ['node', '-e', program] })
    const { version, ...rest } = await jsonOf(runtime, id)
    expect(version).toContain('4.4.0')
    expect(rest).toEqual({ uid: 10_001, caps: '0000000000000000', written: expect.stringMatching(/^(EROFS|EACCES)$/) })
  })

  test('serves on the network of its holder, is paused, and ends by itself when it is removed', async () => {
    const program = `
      const http = require('node:http')
      process.on('SIGTERM', () => (console.log('bye'), process.exit(0)))
      http.createServer((request, response) => response.end('hello')).listen(process.env.PORT, () => console.log('ready'))`
    const { id, address } = await start({ command: ['node', '-e', program] })
    const ask = (ms: number) =>
      fetch(`http://${address.host}:${address.port}`, { signal: AbortSignal.timeout(ms) }).then(
        (response) => response.text(),
        () => undefined, // not yet, or paused
      )
    expect(await waitFor('an answer', () => ask(2_000))).toBe('hello')
    expect((await runtime.stats(id))?.cpuMs).toBeGreaterThan(0)
    await runtime.pause(id)
    expect(await ask(300)).toBeUndefined()
    await runtime.resume(id)
    expect(await waitFor('an answer', () => ask(2_000))).toBe('hello')
    const texts = textsOf(runtime, id)
    await runtime.remove(id, { graceMs: 20_000 })
    expect(await texts).toEqual(['ready', 'bye'])
  })

  test('is started again in the same network', async () => {
    const { id } = await start({ command: 'echo run; exit 3', restart: 'always' })
    expect(await until(runtime, id, ({ state, restarts }) => state === 'backoff' && restarts === 1)).toMatchObject({
      lastExit: { code: 3 },
    })
  })
}
