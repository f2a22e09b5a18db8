import { symlink } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answering, type Installation, startInstallation } from './installation.ts'

let micro: Installation
let namespace: string

beforeAll(async () => {
  micro = await startInstallation()
  await micro.ok('signup', '--email', 'ada@example.com', '--password', 'correct horse battery')
  namespace = (await micro.ok('user', 'namespace')).trim()
  await micro.ok('run', await micro.source('steady', answering('steady')))
}, 240_000)
afterAll(() => micro?.close())

/** Whatever was refused, what was live goes on. */
const unharmed = async () => expect((await micro.call(`${namespace}.localhost`, '/steady')).body).toBe('steady')

describe('sources that cannot be run', () => {
  test('an empty directory', async () => {
    await micro.source('empty', {})
    await micro.source('ignored', { 'node_modules/x.js': '' })
    expect(await micro.micro('run', './ignored')).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing to run') })
  })

  test('a directory that does not exist, and a file', async () => {
    expect((await micro.micro('run', './nowhere')).code).not.toBe(0)
    await micro.source('single', { 'a.txt': 'x' })
    expect((await micro.micro('run', './single/a.txt')).code).not.toBe(0)
  })

  test('nothing recognised: what was looked for and what was found', async () => {
    const { code, stderr } = await micro.micro('run', await micro.source('unknown', { 'readme.txt': 'hi' }))
    expect(code).toBe(1)
    expect(stderr).toMatch(/Looked for: .*package\.json.*go\.mod.*Found: readme\.txt/s)
    await micro.ok('kill', 'unknown')
  })

  test('a link that leads out of the tree', async () => {
    const source = await micro.source('linked', answering('x'))
    await symlink('/etc/passwd', micro.path('linked', 'secrets'))
    expect(await micro.micro('run', source)).toMatchObject({ code: 1, stderr: expect.stringMatching(/secrets.*out of the source/s) })
  })
})

describe('names that cannot be', () => {
  test.for([
    ['Upper', 'lower-case'],
    ['status', 'reserved'],
    ['a'.repeat(31), '30'],
    ['-x', ''],
    ['double--hyphen', 'hyphens'],
  ])('%s', async ([name, says]) => {
    const { code, stderr } = await micro.micro('run', './steady', `--name=${name}`)
    expect(code).toBe(2)
    expect(stderr).toContain(says)
  })

  test('one that differs from another in hyphens only is taken', async () => {
    expect(await micro.micro('run', './steady', '--name', 'stea-dy')).toMatchObject({ code: 1, stderr: expect.stringContaining('steady') })
    await unharmed()
  })
})

describe('services that do not run', () => {
  test.for([
    ['crashes', { 'server.js': 'throw new Error("no database")' }, /exited with code 1.*no database/],
    ['ends', { 'server.js': 'console.log("done")' }, /ended by itself with code 0/],
    [
      'misbuilt',
      { 'package.json': '{"scripts":{"build":"echo broken; exit 3","start":"node s.js"}}' },
      /build failed.*exit code 3.*broken/,
    ],
  ] as const)('%s', async ([name, files, says]) => {
    const { code, stderr } = await micro.micro('run', await micro.source(name, files))
    expect(code).toBe(1)
    expect(stderr).toMatch(says)
    await micro.ok('kill', name)
    await unharmed()
  })

  test('a new release that listens elsewhere leaves the old one serving and names both ports', { timeout: 90_000 }, async () => {
    const source = await micro.source('moved', answering('first'))
    await micro.ok('run', source)
    await micro.source('moved', {
      'micro.yaml': 'startTimeout: 2s\n',
      'server.js': "require('node:http').createServer((q, r) => r.end()).listen(0, '127.0.0.1')\n",
    })
    const { code, stderr } = await micro.micro('run', source)
    expect(code).toBe(1)
    expect(stderr).toMatch(/is listening on \d+, expected \$PORT \d+/)
    expect((await micro.call(`${namespace}.localhost`, '/moved')).body).toBe('first')
    await micro.ok('kill', 'moved')
  })

  test('one that ignores SIGTERM is ended all the same', { timeout: 60_000 }, async () => {
    const stubborn = answering('stubborn')
    const source = await micro.source('stubborn', { 'server.js': `process.on('SIGTERM', () => {})\n${stubborn['server.js']}` })
    await micro.ok('run', source)
    await micro.ok('kill', 'stubborn')
    expect((await micro.call(`${namespace}.localhost`, '/stubborn')).status).toBe(404)
  })

  test('one that prints binary is shown without control characters', async () => {
    const noisy = answering('noisy')
    await micro.ok(
      'run',
      await micro.source('noisy', {
        'server.js': `process.stdout.write(Buffer.from([7, 27, 93, 48, 255, 254, 10]))\n${noisy['server.js']}`,
      }),
    )
    await expect.poll(() => micro.ok('logs', 'noisy'), { timeout: 20_000 }).toContain('\uFFFD')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(await micro.ok('logs', 'noisy')).not.toMatch(/[\x07\x1b]/)
    await micro.ok('kill', 'noisy')
  })
})

describe('git sources that cannot be fetched', () => {
  test.for([
    ['https://127.0.0.1:9/x/y.git', /private or local network/],
    ['http://localhost/x.git', /private or local network/],
    ['http://169.254.169.254/x.git', /private or local network/],
    ['https://nosuch.invalid/x.git', /cannot be found/],
  ] as const)('%s', async ([url, says]) => {
    const { code, stderr } = await micro.micro('run', url, '--name', 'fetched')
    expect(code).toBe(1)
    expect(stderr).toMatch(says)
  })

  test('a ref that is an option of git', async () => {
    expect(await micro.micro('run', 'github.com/a/b@--upload-pack=x')).toMatchObject({ code: 2 })
    expect(await micro.micro('run', 'github.com/a/b', '--ref=--upload-pack=x')).toMatchObject({ code: 2 })
    await unharmed()
  })
})

describe('tokens that are not good', () => {
  const ask = (authorization: string) =>
    micro.call('localhost', '/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: `{ services(namespace: "${namespace}") { name } }` }),
    })

  test.for(['Bearer nonsense', `Bearer ${'a.'.repeat(2)}b`, `Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.`])('%s', async (authorization) => {
    const { body } = await ask(authorization)
    expect(JSON.parse(body).errors[0].extensions.code).toBe('UNAUTHENTICATED')
  })

  test('another user sees nothing of this namespace, and cannot tell it from one that is not there', async () => {
    const other = (args: string[]) => micro.micro(...args, '--env', 'local')
    await other(['signup', '--email', 'eve@example.com', '--password', 'correct horse battery'])
    const foreign = await micro.micro('status', '--namespace', namespace)
    const missing = await micro.micro('status', '--namespace', 'no-such-namespace')
    expect(foreign.code).toBe(4)
    expect(missing.stderr.replace('no-such-namespace', namespace)).toBe(foreign.stderr)
    await micro.ok('login', '--email', 'ada@example.com', '--password', 'correct horse battery')
  })
})
