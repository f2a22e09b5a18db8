import { once } from 'node:events'
import { Code } from '@connectrpc/connect'
import { describe, expect, it } from 'vitest'
import { type Run, RunKind, RunState, type WatchRunRequest } from '../gen/proto/micro/run/v1/run_pb.ts'
import { until } from './testing/cli.ts'
import { loggedIn, usePlatforms } from './testing/fixture.ts'
import { testRun } from './testing/run-routes.ts'
import { fail } from './testing/state.ts'

usePlatforms()

const state = (changes: Partial<Run>) => ({ event: { case: 'run' as const, value: { ...testRun, ...changes } } })
const output = (cursor: string, ...texts: string[]) => ({
  event: { case: 'output' as const, value: { cursor, lines: texts.map((text) => ({ text, instance: '' })) } },
})
const failed = (exitCode: number) => state({ state: RunState.FAILED, exitCode, reason: `It exited with code ${exitCode}.` })

describe('micro exec', () => {
  it('hands the words behind -- on as they are, shows what comes, and ends as the command did', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    platform.watchRun = async function* () {
      yield state({})
      yield output('1.0', 'one', '\u001b[31mred\u001b[0m \u0007')
      yield output('2.0', 'two')
      yield failed(7)
    }
    const words = ['node', '-e', 'process.exit(7)', '--json', '--env', '$HOME', '']
    const { code, stdout, stderr } = await user.run(['exec', 'app', '--timeout', '90s', '--', ...words])
    expect({ code, stdout, stderr }).toEqual({ code: 7, stdout: 'one\nred \\x07\ntwo\n', stderr: 'It exited with code 7.\n' })
    expect(platform.runRequests).toMatchObject([
      { namespace: 'brave-otter-42', service: 'app', command: words, kind: RunKind.EXEC, timeoutMs: 90_000 },
    ])
  })

  it.each([
    [{ state: RunState.SUCCEEDED, exitCode: 0 }, 0],
    [{ state: RunState.FAILED, signal: 'SIGKILL' }, 137],
    [{ state: RunState.FAILED }, 1],
    [{ state: RunState.FAILED, exitCode: 127 }, 127],
    [{ state: RunState.TIMED_OUT }, 124],
    [{ state: RunState.CANCELED }, 130],
  ])('of a run that ended as %j has the exit code %i', async (changes, exitCode) => {
    await using session = await loggedIn()
    session.platform.watchRun = async function* () {
      yield state(changes)
    }
    expect((await session.user.run(['exec', 'app', '--', 'true'])).code).toBe(exitCode)
  })

  it('goes on after the last line when the connection is lost', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    const asked: WatchRunRequest[] = []
    platform.watchRun = async function* (request) {
      asked.push(request)
      if (asked.length === 1) {
        yield output('1.0', 'one')
        throw fail(Code.Unavailable, 'The server is stopping.')
      }
      yield output('2.0', 'two')
      yield state({ state: RunState.SUCCEEDED, exitCode: 0 })
    }
    expect(await user.run(['exec', 'app', '--', 'true'])).toMatchObject({ code: 0, stdout: 'one\ntwo\n' })
    expect(asked.map(({ after }) => after)).toEqual(['', '1.0'])
  })

  it('cancels it at Ctrl-C and waits for its end, and leaves at another one', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    let held = true
    platform.watchRun = async function* () {
      yield output('1.0', 'begun')
      await until(() => platform.canceled && !held)
      yield output('2.0', 'told')
      yield state({ state: RunState.CANCELED, reason: 'Canceled by alice.' })
    }
    for (const again of [false, true]) {
      platform.canceled = false
      held = again
      const child = user.start(['exec', 'app', '--', 'true'])
      let stdout = ''
      child.stdout.on('data', (chunk) => {
        stdout += chunk
      })
      await until(() => stdout === 'begun\n')
      child.kill('SIGINT')
      await until(() => platform.canceled)
      if (again) child.kill('SIGINT')
      await once(child, 'close')
      expect({ code: child.exitCode, stdout }).toEqual({ code: 130, stdout: again ? 'begun\n' : 'begun\ntold\n' })
      held = false
    }
  })

  it('does not wait with --detach, and tells programs what it began', async () => {
    await using session = await loggedIn()
    const { user } = session
    expect((await user.run(['exec', 'app', '-d', '--', 'true'])).stdout).toContain('micro job logs run_1 --follow')
    expect(JSON.parse((await user.run(['exec', 'app', '-d', '--json', '--', 'true'])).stdout)).toMatchObject({
      id: 'run_1',
      state: 'running',
      kind: 'exec',
    })
  })

  it('prints one JSON a line with --json, and the run last', async () => {
    await using session = await loggedIn()
    session.platform.watchRun = async function* () {
      yield output('1.0', 'one')
      yield failed(3)
    }
    const { code, stdout } = await session.user.run(['exec', 'app', '--json', '--', 'true'])
    const lines = stdout.trim().split('\n')
    expect([code, ...lines.map((line) => JSON.parse(line))]).toMatchObject([
      3,
      { text: 'one' },
      { id: 'run_1', exitCode: 3, state: 'failed' },
    ])
  })

  it('says how it is used', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    expect(await user.run(['exec', 'app'])).toMatchObject({ code: 2, stderr: expect.stringContaining('behind --') })
    expect(await user.run(['exec', 'app', 'ls', '-l'])).toMatchObject({ code: 2, stderr: expect.stringContaining('stand behind --') })
    expect(platform.runRequests).toEqual([])
  })
})

describe('micro job', () => {
  it('run begins a command or a cron entry', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    await user.run(['job', 'run', 'app', '--', 'npm', 'run', 'seed'])
    await user.run(['job', 'run', 'app', '--entry', 'tidy'])
    expect(platform.runRequests).toMatchObject([
      { command: ['npm', 'run', 'seed'], entry: '' },
      { command: [], entry: 'tidy' },
    ])
    expect(await user.run(['job', 'run', 'app', '--entry', 'tidy', '--', 'true'])).toMatchObject({ code: 2 })
    expect(await user.run(['job', 'run', 'app'])).toMatchObject({ code: 2 })
  })

  it('list shows each on a line, and why one has no exit code below it', async () => {
    await using session = await loggedIn()
    const { stdout } = await session.user.run(['job', 'list', 'app'])
    expect(stdout.split('\n').map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      'ID  STATE  KIND  COMMAND  VERSION  BEGUN  TOOK  EXIT  BY',
      expect.stringMatching(/^run_1 {2}running {2}exec {2}npm run seed {2}v3 {2}.* ago {2}- {2}- {2}alice$/),
      expect.stringMatching(/^run_b {2}failed {2}cron tidy {2}npm run seed {2}v3 {2}.* ago {2}12s {2}7 {2}-$/),
      expect.stringMatching(/^run_a {2}timed out {2}job {2}npm run seed {2}v3 {2}.* ago {2}12s {2}- {2}alice$/),
      '  It took longer than its time-out, 1 h, and was stopped.',
      '',
    ])
    expect((await session.user.run(['job', 'list', 'other'])).stdout).toContain('micro exec other -- COMMAND')
  })

  it('cron shows the entries, and when they are due', async () => {
    await using session = await loggedIn()
    const { stdout } = await session.user.run(['job', 'cron', 'app'])
    expect(stdout).toMatch(/^tidy +30 3 \* \* \* +Europe\/Berlin +2026-11-27T10:00:00Z +90m +skip +npm run tidy$/m)
    expect((await session.user.run(['job', 'cron', 'other'])).stdout).toContain('micro.yaml')
  })

  it('logs shows what there is, and with -f what comes', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    const follows: boolean[] = []
    platform.watchRun = async function* ({ follow }) {
      follows.push(follow)
      yield output('1.0', 'one')
      if (follow) yield failed(1)
    }
    expect(await user.run(['job', 'logs', 'run_1'])).toMatchObject({ code: 0, stdout: 'one\n' })
    expect(await user.run(['job', 'logs', 'run_1', '-f'])).toMatchObject({ code: 0, stdout: 'one\n' })
    expect(follows).toEqual([false, true])
  })

  it('cancel stops one, and says when there is none', async () => {
    await using session = await loggedIn()
    expect(await session.user.run(['job', 'cancel', 'run_1'])).toMatchObject({ code: 0, stdout: 'run_1 is being stopped.\n' })
    expect(await session.user.run(['job', 'cancel', 'run_2'])).toMatchObject({ code: 4 })
  })
})
