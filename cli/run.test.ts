import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DeploymentState } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { until } from './testing/cli.ts'
import { loggedIn, usePlatforms } from './testing/fixture.ts'

usePlatforms()

async function sourceAt(
  root: string,
  files: Record<string, string> = { 'package.json': '{}', 'src/main.js': 'console.log(1)' },
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

describe('micro run DIR', () => {
  it('uploads what the server lacks, shows the stages and ends with the URL', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    const big = 'x'.repeat(700_000)
    await sourceAt(join(home, 'Hello_World'), {
      'package.json': '{}',
      'big.txt': big,
      'same.txt': big,
      'node_modules/dependency/index.js': '',
    })
    const { code, stdout, stderr } = await user.run(['run', './Hello_World'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'hello-world v1 is live: http://brave-otter-42.localhost/hello-world\n' })
    expect(stderr).toMatch(/uploading 2 of 3 files, 700 kB\n.*queued\n.*building\n.*\| installing\n.*starting\n.*live\n/s)
    expect(stderr).toContain('| built red \\x07')
    expect([...platform.blobs.values()].map(({ length }) => length).sort()).toEqual([2, 700_000])
    const [, request] = platform.deployRequests
    expect(request).toMatchObject({
      name: 'hello-world',
      namespace: 'brave-otter-42',
      trigger: 'run',
      source: { case: 'local', value: { label: './Hello_World' } },
    })
    expect(request?.source.case === 'local' && request.source.value.files.map(({ path }) => path)).toEqual([
      'big.txt',
      'package.json',
      'same.txt',
    ])
  })

  it('says so when nothing changed, with one call and no upload', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    await user.run(['run', 'app'])
    platform.calls.length = 0
    expect(await user.run(['run', './app'])).toMatchObject({
      code: 0,
      stdout: 'v1 is live already, nothing changed: http://brave-otter-42.localhost/app\n',
      stderr: '',
    })
    expect(platform.calls).toEqual(['Deploy'])
    expect(await user.run(['run', './app', '--force'])).toMatchObject({ code: 0, stdout: expect.stringContaining('v2 is live') })
    await writeFile(join(home, 'app/package.json'), '{"changed": true}')
    expect(await user.run(['run', '.'], { cwd: join(home, 'app') })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('uploading 1 of 2 files'),
    })
  })

  it('sends only the settings that were given', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'), { 'micro.yaml': 'name: from-manifest\n' })
    await user.run(['run', 'app'])
    expect(platform.deployRequests.at(-1)).toMatchObject({ name: 'from-manifest', options: { env: {} } })
    expect(platform.deployRequests.at(-1)?.options).not.toHaveProperty('public')
    const flags =
      '--name api --env A=1 --env B=x=y --instances 2 --private --health-path /ok --protocol http --command serve --start-timeout 90s'
    expect(await user.run(['run', 'app', ...flags.split(' ')])).toMatchObject({ code: 0 })
    expect(platform.deployRequests.at(-1)).toMatchObject({
      name: 'api',
      options: {
        env: { A: '1', B: 'x=y' },
        instances: 2,
        public: false,
        healthPath: '/ok',
        protocol: 'http',
        startCommand: 'serve',
        startTimeoutMs: 90_000,
      },
    })
  })

  it('prints one JSON document with --json', async () => {
    await using session = await loggedIn()
    await sourceAt(join(session.home, 'app'))
    const { stdout } = await session.user.run(['run', 'app', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      unchanged: false,
      deployment: { state: 'live', version: 1 },
      service: { name: 'app', state: 'running', url: expect.any(String) },
    })
    const again = await session.user.run(['run', 'app', '--json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ unchanged: true, service: { version: 1 } })
  })

  it('ends with the reason, the hint and exit code 1 when it fails, and says what goes on serving', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    await user.run(['run', 'app'])
    platform.next = {
      ...platform.next,
      state: DeploymentState.FAILED,
      reason: 'It listens on 3000, expected $PORT 41233.',
      hint: 'Listen on $PORT.',
    }
    await writeFile(join(home, 'app/package.json'), '{"v": 2}')
    const failed = await user.run(['run', 'app'])
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toContain(
      'Error: app was not deployed: It listens on 3000, expected $PORT 41233.\n  v1 goes on serving. Listen on $PORT.',
    )
    platform.next = { ...platform.next, state: DeploymentState.SUPERSEDED, reason: 'Deployment 7 came first.', hint: '' }
    expect(await user.run(['run', 'app', '--force'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('app was superseded by a later deployment'),
    })
  })

  it('starts over when a file changes between hashing and uploading', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'), { 'a.txt': 'first' })
    platform.beforeUpload = () => writeFile(join(home, 'app/a.txt'), 'other')
    const { code, stderr } = await user.run(['run', 'app'])
    expect(code).toBe(0)
    expect(stderr).toContain('Files changed while they were uploaded; starting over.')
    expect([...platform.blobs.values()].map((blob) => Buffer.from(blob).toString())).toEqual(['other'])
  })

  it('survives a connection that breaks while it watches, without repeating lines', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    platform.next.dropWatch = 2
    const { code, stderr } = await user.run(['run', 'app'])
    expect(code).toBe(0)
    expect(stderr.match(/installing/g)).toHaveLength(1)
    expect(stderr.match(/building/g)).toHaveLength(1)
  })

  it('says that it waits while the server does not answer', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    platform.next.dropWatch = 5
    const { code, stderr } = await user.run(['run', 'app'])
    expect(code).toBe(0)
    expect(stderr.match(/The server does not answer; waiting for it\./g)).toHaveLength(1)
  })

  it('of a directory whose name no service may have says how to give another', async () => {
    await using session = await loggedIn()
    const { user, home } = session
    await sourceAt(join(home, 'console'))
    const reserved = 'Error: This service name is reserved for the platform; choose another.\n'
    expect(await user.run(['run', './console'])).toMatchObject({ code: 2, stderr: `${reserved}  Give it another one with --name NAME.\n` })
    expect(await user.run(['run', './console', '--name', 'console'])).toMatchObject({ code: 2, stderr: reserved })
    expect(await user.run(['run', './console', '--name', 'shop'])).toMatchObject({ code: 0 })
  })

  it('goes on watching when the connection is cut', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    platform.next.hold = true
    const child = user.start(['run', 'app'])
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    await until(() => stderr.includes('built red'))
    platform.cutConnections()
    platform.next.hold = false
    await new Promise((resolve) => child.once('close', resolve))
    expect({ code: child.exitCode, stdout }).toEqual({ code: 0, stdout: 'app v1 is live: http://brave-otter-42.localhost/app\n' })
  })

  it('with --detach returns at once', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    platform.next.hold = true
    expect(await user.run(['run', 'app', '--detach'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('`micro deployments app`'),
    })
  })

  it('detaches at Ctrl-C: the deployment goes on, and it says how to see it', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    platform.next.hold = true
    const child = user.start(['run', 'app'])
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    await until(() => stderr.includes('built red'))
    child.kill('SIGINT')
    await new Promise((resolve) => child.once('close', resolve))
    expect(child.exitCode).toBe(130)
    expect(stderr).toContain('Detached; the deployment goes on. See `micro deployments app` and `micro logs app --build`.')
    expect(platform.calls).not.toContain('CancelDeployment')
  })

  it('says so when Ctrl-C comes before the deployment began', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    let asked = false
    platform.beforeUpload = async () => {
      asked = true
      await until(() => child.exitCode !== null)
    }
    const child = user.start(['run', 'app'])
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    await until(() => asked)
    child.kill('SIGINT')
    await new Promise((resolve) => child.once('close', resolve))
    expect({ code: child.exitCode, stderr }).toEqual({ code: 130, stderr: 'Canceled before the deployment began.\n' })
    expect(platform.calls).toEqual(['Deploy'])
  })

  it('with --watch deploys again when a file changes, also after a failure, and not for ignored files', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'), { 'a.txt': '1', '.gitignore': '*.log' })
    const child = user.start(['run', 'app', '--watch'])
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    await until(() => stderr.includes('Watching'))
    await writeFile(join(home, 'app/a.txt'), '2')
    await until(() => stdout.includes('app v2 is live'))
    platform.next = { ...platform.next, state: DeploymentState.FAILED, reason: 'Broken.' }
    await writeFile(join(home, 'app/a.txt'), '3')
    await until(() => stderr.includes('was not deployed: Broken.'))
    platform.next = { ...platform.next, state: DeploymentState.LIVE }
    const deploys = platform.deployRequests.length
    await writeFile(join(home, 'app/debug.log'), 'noise')
    await writeFile(join(home, 'app/a.txt'), '4')
    await until(() => stdout.includes('app v3 is live'))
    // asked once with what it lacks and once again, for the one change
    expect(platform.deployRequests.length - deploys).toBe(2)
    child.kill('SIGINT')
    await new Promise((resolve) => child.once('close', resolve))
    expect(child.exitCode).toBe(0)
  })

  it.each([
    [['run', 'nothing'], 2, 'neither a directory here nor a repository'],
    [['run', './missing'], 4, 'There is no directory'],
    [['run', './empty'], 1, 'nothing to run'],
    [['run', '.', '--image', 'x'], 2, 'can not be run yet'],
    [['run', '.', '--public', '--private'], 2, 'exclude each other'],
    [['run', '.', '--ref', 'main'], 2, '--ref is for repositories'],
    [['run', 'github.com/o/r', '--watch'], 2, '--watch is for directories'],
    [['run', './123'], 2, 'No name for the service'],
    [['run', '.', '--env', 'A', '--namespace', 'x'], 2, 'neither an environment nor KEY=VALUE'],
    [['run', '.', '--env', 'a', '--namespace', 'x'], 4, 'There is no environment "a"'],
    [['run', '.', '--env', '1A=2'], 2, 'not KEY=VALUE'],
    [['run'], 2, 'SOURCE is missing'],
  ])('%j ends with exit code %i: %s', async (argv, code, message) => {
    await using session = await loggedIn()
    await mkdir(join(session.home, 'empty'))
    await sourceAt(join(session.home, '123'))
    expect(await session.user.run(argv)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
    expect(session.platform.calls).not.toContain('Upload')
  })
})

describe('micro run REPOSITORY', () => {
  it('points the server at it, named by its last part', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    expect(await user.run(['run', 'github.com/owner/repo/hello@v1', '--detach'])).toMatchObject({ code: 0 })
    await user.run(['run', 'https://git.example.com/a/My.Tool.git', '--ref', 'main', '--detach'])
    expect(platform.deployRequests.map(({ name, source }) => [name, source.value])).toEqual([
      ['hello', expect.objectContaining({ url: 'https://github.com/owner/repo.git', directory: 'hello', ref: 'v1' })],
      ['my-tool', expect.objectContaining({ url: 'https://git.example.com/a/My.Tool.git', directory: '', ref: 'main' })],
    ])
  })
})

describe('micro update', () => {
  it('deploys the directory that the service was run from', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    await user.run(['run', './app', '--name', 'api'])
    await writeFile(join(home, 'app/package.json'), '{"v": 2}')
    expect(await user.run(['update', 'api'], { cwd: '/' })).toMatchObject({ code: 0, stdout: expect.stringContaining('api v2 is live') })
    expect(platform.deployRequests.at(-1)).toMatchObject({ trigger: 'update', name: 'api' })
  })

  it('uploads no directory on the word of the server alone', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await sourceAt(join(home, 'app'))
    await user.run(['run', './app'])
    await writeFile(join(home, 'sources.json'), '{}')
    platform.calls.length = 0
    const { code, stderr } = await user.run(['update', 'app'])
    expect(code).toBe(1)
    expect(stderr).toContain(`micro run DIR --name app`)
    expect(platform.calls).toEqual(['GetService'])
  })

  it('fetches a repository anew', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    await user.run(['run', 'https://git.example.com/a/tool.git', '--detach'])
    expect(await user.run(['update', 'tool', '--force'])).toMatchObject({ code: 0 })
    expect(platform.deployRequests.at(-1)).toMatchObject({
      trigger: 'update',
      source: { case: 'git', value: { url: 'https://git.example.com/a/tool.git' } },
    })
  })

  it('of an unknown service ends with exit code 4', async () => {
    await using session = await loggedIn()
    expect(await session.user.run(['update', 'nope'])).toMatchObject({ code: 4, stderr: expect.stringContaining('See `micro status`') })
  })
})

describe('micro new', () => {
  it('writes a service and says what to type next', async () => {
    await using session = await loggedIn()
    const { user, home } = session
    const { code, stdout } = await user.run(['new', 'helloworld', '--template', 'http'])
    expect(code).toBe(0)
    expect(stdout).toContain('micro run ./helloworld')
    expect(await readFile(join(home, 'helloworld/package.json'), 'utf8')).toContain('helloworld')
    expect(await user.run(['new', 'helloworld'])).toMatchObject({ code: 1, stderr: expect.stringContaining('already exists') })
    expect(await user.run(['new', 'Bad_Name'])).toMatchObject({ code: 2 })
    expect(await user.run(['new', 'x', '--lang', 'cobol'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('typescript, python, go'),
    })
  })
})
