import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code } from '@connectrpc/connect'
import { describe, expect, it } from 'vitest'
import { DeploymentState } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { until } from './testing/cli.ts'
import { loggedIn, usePlatforms } from './testing/fixture.ts'
import { fail } from './testing/state.ts'

usePlatforms()

/** A session in which the service `app` runs. */
async function withService() {
  const session = await loggedIn()
  await mkdir(join(session.home, 'app'))
  await writeFile(join(session.home, 'app/package.json'), '{}')
  const { code, stderr } = await session.user.run(['run', './app'])
  if (code !== 0) throw new Error(stderr)
  return session
}

describe('micro status', () => {
  it('shows each service on a line, and why one fails below it', async () => {
    await using session = await withService()
    const { user, platform, home } = session
    expect((await user.run(['status'])).stdout).toMatch(
      /^NAME {2,}VERSION {2,}SOURCE {2,}STATUS {2,}INSTANCES {2,}BUILD {2,}UPDATED {2,}URL\napp {2,}v1 {2,}\.\/app {2,}running {2,}1\/1 {2,}live {2,}\d+s ago {2,}http/,
    )
    platform.next = { ...platform.next, state: DeploymentState.FAILED, reason: 'It exited with code 1.', hint: 'Mend it.' }
    await mkdir(join(home, 'broken'))
    await writeFile(join(home, 'broken/x'), '')
    await user.run(['run', './broken'])
    const { stdout } = await user.run(['status'])
    expect(stdout).toMatch(/\nbroken {2,}- .*failed .*\n {2}It exited with code 1\.\n {2}Mend it\.\n/)
    expect(JSON.parse((await user.run(['status', 'broken', '--json'])).stdout)).toMatchObject({
      state: 'failed',
      stateDetail: 'It exited with code 1.',
      version: 0,
    })
  })

  it('says what to do where nothing runs', async () => {
    await using session = await loggedIn()
    expect((await session.user.run(['status'])).stdout).toContain('`micro new helloworld`')
    expect((await session.user.run(['status', '--json'])).stdout).toBe('[]\n')
  })

  it.each([
    ['services', 'Nothing can be called in brave-otter-42 yet.'],
    ['credential list', '`micro credential set HOST`'],
  ])('and micro %s too says so where there is nothing', async (command, sentence) => {
    await using session = await loggedIn()
    session.platform.hasServices = false
    const { code, stdout } = await session.user.run(command.split(' '))
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(sentence) })
    expect((await session.user.run([...command.split(' '), '--json'])).stdout).toBe('[]\n')
  })

  it('of an unknown service ends with exit code 4', async () => {
    await using session = await loggedIn()
    expect(await session.user.run(['status', 'nope'])).toMatchObject({ code: 4, stdout: '' })
  })
})

describe('a service that runs', () => {
  it('is scaled, restarted, rolled back and listed', async () => {
    await using session = await withService()
    const { user, platform } = session
    expect(await user.run(['scale', 'app', '0'])).toMatchObject({ code: 0, stdout: expect.stringContaining('is stopped') })
    expect(await user.run(['scale', 'app', 'two'])).toMatchObject({ code: 2 })
    expect(await user.run(['restart', 'app'])).toMatchObject({ code: 0, stdout: expect.stringContaining('is live') })
    expect(await user.run(['rollback', 'app', 'v1'])).toMatchObject({ code: 0, stdout: expect.stringContaining('app v3 is live') })
    expect(await user.run(['rollback', 'app', 'v99'])).toMatchObject({ code: 4, stderr: expect.stringContaining('`micro releases app`') })
    expect(await user.run(['rollback', 'app', 'latest'])).toMatchObject({ code: 2 })
    expect((await user.run(['releases', 'app'])).stdout).toMatch(/\*\s+v3\s+\.\/x\s+Node\.js \(package\.json\)\s+4\.2 kB/)
    expect(JSON.parse((await user.run(['releases', 'app', '--json'])).stdout)[0]).toMatchObject({
      version: 3,
      live: true,
      artifactBytes: 4200,
      kept: true,
    })
    expect((await user.run(['deployments', 'app'])).stdout).toMatch(
      / live\s+v3\s+rollback[\s\S]*was live\s+v2\s+restart[\s\S]*was live\s+v1\s+run/,
    )
    expect((await user.run(['open', 'app'])).stdout).toBe('http://brave-otter-42.localhost/app\n')
    expect((await user.run(['open'])).stdout).toBe(`http://${platform.address}\n`)
  })

  it('of RPC is opened in the console: a browser cannot call it', async () => {
    await using session = await withService()
    const { user, platform } = session
    platform.protocol = 'grpc'
    expect((await user.run(['open', 'app'])).stdout).toBe(`http://${platform.address}/n/brave-otter-42/app/endpoints\n`)
  })

  it('is killed', async () => {
    await using session = await withService()
    expect(await session.user.run(['kill', 'app'])).toMatchObject({ code: 0, stdout: 'Stopped and deleted app.\n' })
    expect(await session.user.run(['kill', 'app'])).toMatchObject({ code: 4 })
  })
})

describe('micro logs', () => {
  const line = (text: string, instance = 'i1') => ({ time: timestampFromDate(new Date('2026-01-02T03:04:05.678Z')), instance, text })

  it('shows times and instances, escapes control characters, and passes every flag on', async () => {
    await using session = await withService()
    const { user, platform } = session
    const seen: unknown[] = []
    platform.logs = async function* (request) {
      seen.push(request)
      yield { lines: [line('one'), line('\u001b[2Jtwo\u0007\u202e')], cursor: 'c1' }
    }
    expect(await user.run(['logs', 'app'])).toMatchObject({
      code: 0,
      stdout: '2026-01-02T03:04:05.678Z i1 one\n2026-01-02T03:04:05.678Z i1 two\\x07\\u202e\n',
    })
    await user.run(['logs', 'app', '-n', '5', '--since', '1h', '--instance', 'i1', '--build'])
    expect(seen).toEqual([
      expect.objectContaining({ service: 'app', tail: 100, follow: false, build: false }),
      expect.objectContaining({ tail: 5, instance: 'i1', build: true, since: expect.anything() }),
    ])
    expect(JSON.parse((await user.run(['logs', 'app', '--json'])).stdout.split('\n')[0] ?? '')).toMatchObject({
      text: 'one',
      instance: 'i1',
    })
    expect(await user.run(['logs', 'app', '-n', '0'])).toMatchObject({ code: 2 })
  })

  it.each([
    ['the server stops', () => Promise.reject(fail(Code.Unavailable, 'The server is stopping.'))],
    ['the connection is cut', (cut: () => void) => Promise.resolve(cut())],
  ])('goes on after the last line when %s while following, and ends with Ctrl-C', async (_, interrupt) => {
    await using session = await withService()
    const { user, platform } = session
    const cursors: string[] = []
    let stdout = ''
    platform.logs = async function* ({ after }) {
      cursors.push(after)
      if (after === '') {
        yield { lines: [line('one')], cursor: 'c1' }
        await until(() => stdout.includes('one'))
        await interrupt(platform.cutConnections)
      }
      yield { lines: [line('two')], cursor: 'c2' }
      await until(() => cursors.includes('stop'))
    }
    const child = user.start(['logs', 'app', '-f'])
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    await until(() => stdout.includes('two'))
    child.kill('SIGINT')
    await new Promise((resolve) => child.once('close', resolve))
    cursors.push('stop')
    expect(child.exitCode).toBe(0)
    expect(stdout.match(/one/g)).toHaveLength(1)
    expect(cursors.slice(0, 2)).toEqual(['', 'c1'])
  })

  it('renews its session when the token ends while following', async () => {
    await using session = await withService()
    const { user, platform } = session
    platform.logs = async function* ({ after }) {
      if (after !== '') {
        yield { lines: [line('two')], cursor: 'c2' }
        return
      }
      yield { lines: [line('one')], cursor: 'c1' }
      platform.expireTokens()
      throw fail(Code.Unauthenticated, 'The token has expired.')
    }
    const child = user.start(['logs', 'app', '-f'])
    let stdout = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    await until(() => stdout.includes('two'))
    child.kill('SIGINT')
    await new Promise((resolve) => child.once('close', resolve))
    expect(platform.refreshes).toBe(1)
  })

  it('ends quietly when its reader does', async () => {
    await using session = await withService()
    session.platform.logs = async function* () {
      for (let number = 0; number < 500; number++)
        yield { lines: Array.from({ length: 100 }, () => line('x'.repeat(100))), cursor: String(number) }
    }
    const child = session.user.start(['logs', 'app'])
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.stdout.once('data', () => child.stdout.destroy())
    await new Promise((resolve) => child.once('exit', resolve))
    expect({ code: child.exitCode, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

describe('the registry', () => {
  it('lists services and describes one', async () => {
    await using session = await loggedIn()
    const { user } = session
    expect((await user.run(['services'])).stdout).toMatch(/everything\s+v1\s+grpc\s+1\s+Everything\.Call\nweb\s+v2\s+http/)
    const { stdout } = await user.run(['describe', 'everything'])
    expect(stdout).toContain('Everything.Call\n  Answers with the request that it got.\n  request\n    name  string  Who is meant.\n')
    expect(JSON.parse((await user.run(['describe', 'everything', '--json'])).stdout)).toMatchObject({ endpoints: [{ method: 'Call' }] })
    expect((await user.run(['describe', 'web'])).stdout).toContain('micro web /path')
    expect(await user.run(['describe', 'nope'])).toMatchObject({ code: 4 })
  })
})
