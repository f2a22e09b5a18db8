import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loggedIn, platformAndUser, usePlatforms } from './testing/fixture.ts'

usePlatforms()

describe('environments', () => {
  it('are listed with the current one marked, chosen, added and deleted', async () => {
    await using session = await platformAndUser()
    const { user, platform } = session
    expect((await user.run(['env'])).stdout).toContain(`* local     ${platform.address}`)
    expect(await user.run(['env', 'add', 'lab', 'lab.example.com', '--description', 'the lab'])).toMatchObject({ code: 0 })
    expect(await user.run(['env', 'set', 'lab'])).toMatchObject({ code: 0, stdout: 'Now using lab (https://lab.example.com).\n' })
    expect((await user.run(['env', 'list'])).stdout).toContain('* lab       lab.example.com')
    expect((await user.run(['env', 'get'])).stdout).toBe('lab\n')
    expect((await user.run(['env', 'get', '--env', 'dev'])).stdout).toBe('dev\n')
    expect((await user.run(['env', 'get'], { env: { MICRO_ENV: 'platform' } })).stdout).toBe('platform\n')
    expect(JSON.parse((await user.run(['env', '--json'])).stdout)).toContainEqual(
      expect.objectContaining({ name: 'lab', tls: true, current: true }),
    )
    expect(await user.run(['env', 'del', 'lab'])).toMatchObject({ code: 0 })
    expect((await user.run(['env', 'get'])).stdout).toBe('local\n')
  })

  it('that are built in can be given another address, and come back when that is deleted', async () => {
    await using session = await platformAndUser()
    const { user } = session
    await user.run(['env', 'add', 'dev', 'http://dev.example.com:99'])
    expect((await user.run(['env', '--json', '--env', 'dev'])).stdout).toContain('dev.example.com:99')
    await user.run(['env', 'del', 'dev'])
    expect((await user.run(['env'])).stdout).toContain('m3o.dev')
    expect(await user.run(['env', 'del', 'dev'])).toMatchObject({ code: 1, stderr: expect.stringContaining('built in') })
  })

  it('that are unknown are an error that lists the known ones', async () => {
    await using session = await platformAndUser()
    const { code, stderr } = await session.user.run(['env', 'set', 'plattform'])
    expect(code).toBe(4)
    expect(stderr).toContain('Known: local, dev, platform.')
    expect(stderr).toContain('Did you mean `micro env set platform`?')
  })

  it('keep to a damaged configuration file by saying which it is', async () => {
    await using session = await platformAndUser()
    await writeFile(join(session.home, 'config.json'), '{oops')
    expect(await session.user.run(['env'])).toMatchObject({ code: 1, stderr: expect.stringContaining('config.json is not a JSON object') })
  })
})

describe('an account', () => {
  it('is made by signup, which logs in and chooses the namespace, in files for their owner only', async () => {
    await using session = await platformAndUser()
    const { user, home } = session
    const signup = await user.run(['signup', '--email', 'alice@example.com', '--namespace', 'acme', '--password-stdin'], {
      input: 'long enough\n',
    })
    expect(signup).toMatchObject({ code: 0, stdout: expect.stringContaining('Your namespace is acme') })
    expect((await user.run(['user', 'namespace'])).stdout).toBe('acme\n')
    for (const file of ['config.json', 'tokens.json']) expect((await stat(join(home, file))).mode & 0o777).toBe(0o600)
    expect(signup.stdout + signup.stderr).not.toContain('long enough')
  })

  it('tells which flag is missing where nobody can be asked', async () => {
    await using session = await platformAndUser()
    const { user } = session
    expect(await user.run(['signup'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--email is missing') })
    expect(await user.run(['login', '--username', 'a'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--password-stdin is missing'),
    })
    expect(await user.run(['login', '--username', 'a', '--email', 'b'])).toMatchObject({ code: 2 })
    expect(await user.run(['login', '--username', 'a', '--password-stdin'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('standard input is empty'),
    })
  })

  it('shows what the server says, its hint, and an exit code for its kind', async () => {
    await using session = await platformAndUser()
    const { user } = session
    const short = await user.run(['signup', '--email', 'a@b.c', '--password', 'short'])
    expect(short).toMatchObject({ code: 2, stderr: 'Error: A password has at least 8 characters.\n  Choose a longer one.\n' })
    expect(await user.run(['signup', '--email', 'taken@example.com', '--password', 'long enough'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('`micro login`'),
    })
    expect(await user.run(['login', '--username', 'alice', '--password', 'wrong'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('wrong'),
    })
    const json = await user.run(['signup', '--json', '--email', 'a@b.c', '--password', 'short'])
    expect(JSON.parse(json.stderr)).toEqual({
      error: {
        code: 'invalid_argument',
        message: 'A password has at least 8 characters.',
        field: 'password',
        hint: 'Choose a longer one.',
      },
    })
  })

  it('logs in, shows itself, sets a password and logs out', async () => {
    await using session = await loggedIn()
    const { user } = session
    expect((await user.run(['user'])).stdout).toMatch(/^alice <alice@example\.com> on .*\nNAMESPACE .*\nbrave-otter-42 +owner +current\n$/)
    expect(session.platform.seenHeaders.at(-1)?.get('User-Agent')).toMatch(/^micro\/\d+\.\d+\.\d+ linux$/)
    await writeFile(join(session.home, 'config.json'), '{}')
    expect((await user.run(['user'])).stdout).toContain('current')
    expect(JSON.parse((await user.run(['user', '--json'])).stdout)).toMatchObject({
      username: 'alice',
      namespace: 'brave-otter-42',
      memberships: [{ role: 'owner' }],
    })
    expect(await user.run(['user', 'set', 'password', '--password-stdin'], { input: 'correct horse\nbattery staple\n' })).toMatchObject({
      code: 0,
    })
    expect(await user.run(['logout'])).toMatchObject({ code: 0, stdout: 'Logged out of local.\n' })
    expect(await user.run(['user'])).toMatchObject({ code: 3, stderr: 'Error: You are not logged in.\n  Log in with `micro login`.\n' })
    expect(await user.run(['user', 'token'])).toMatchObject({ code: 3 })
    expect(await user.run(['login', '--email', 'alice@example.com', '--password', 'battery staple'])).toMatchObject({ code: 0 })
  })

  it('logs out though the server is gone', async () => {
    await using session = await loggedIn()
    await session.platform[Symbol.asyncDispose]()
    expect(await session.user.run(['logout'])).toMatchObject({ code: 0, stderr: expect.stringContaining('could not be told') })
    expect(await readFile(join(session.home, 'tokens.json'), 'utf8')).toBe('{}\n')
  })
})

describe('namespaces', () => {
  it('are listed, created, chosen and deleted', async () => {
    await using session = await loggedIn()
    const { user } = session
    expect((await user.run(['namespace', 'create', 'acme'])).stdout).toContain('Created acme')
    expect((await user.run(['user', 'namespace'])).stdout).toBe('acme\n')
    expect((await user.run(['namespace', 'list'])).stdout).toMatch(/\*\s+acme\s+owner\s+dev/)
    expect(await user.run(['user', 'namespace', 'set', 'brave-otter-42'])).toMatchObject({ code: 0 })
    expect(await user.run(['user', 'namespace', 'set', 'acm'])).toMatchObject({ code: 4, stderr: expect.stringContaining('set acme') })
    expect((await user.run(['user', 'namespace', '--namespace', 'other'])).stdout).toBe('other\n')
    expect((await user.run(['user', 'namespace'], { env: { MICRO_NAMESPACE: 'third' } })).stdout).toBe('third\n')
    expect(await user.run(['namespace', 'delete', 'acme'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    expect(await user.run(['namespace', 'delete', 'acme', '--yes'])).toMatchObject({ code: 0 })
    expect((await user.run(['namespace', 'list'])).stdout).not.toContain('acme')
  })

  it('are closed towards the outside, and opened again', async () => {
    await using session = await loggedIn()
    const egress = (...args: string[]) => session.user.run(['namespace', 'egress', ...args])
    expect((await egress()).stdout).toBe('Services of brave-otter-42 reach the internet.\n')
    expect((await egress('deny')).stdout).toBe('Services of brave-otter-42 reach nothing outside of it.\n')
    expect(JSON.parse((await egress('--json')).stdout)).toEqual({ namespace: 'brave-otter-42', egress: false })
    expect((await egress('allow')).stdout).toBe('Services of brave-otter-42 reach the internet.\n')
    expect(await egress('maybe')).toMatchObject({ code: 2, stderr: expect.stringContaining('one of allow, deny') })
    expect(await egress('--namespace', 'other')).toMatchObject({ code: 4, stderr: expect.stringContaining('not a member') })
  })

  it('need not be chosen where there is only one', async () => {
    await using session = await platformAndUser()
    const { user } = session
    expect((await user.run(['user', 'namespace'], { env: { MICRO_TOKEN: 'fixed' } })).stdout).toBe('brave-otter-42\n')
    await user.run(['namespace', 'create', 'acme'], { env: { MICRO_TOKEN: 'fixed' } })
    await writeFile(join(session.home, 'config.json'), '{}')
    expect(await user.run(['status'], { env: { MICRO_TOKEN: 'fixed' } })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Yours: brave-otter-42, acme'),
    })
  })
})

describe('credentials', () => {
  it('are set, listed without their secret, and deleted', async () => {
    await using session = await loggedIn()
    const { user } = session
    const set = await user.run(['credential', 'set', 'github.com', '--password-stdin'], { input: 's3cret\n' })
    expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('x-access-token') })
    const list = await user.run(['credential', 'list', '--json'])
    expect(JSON.parse(list.stdout)).toEqual([expect.objectContaining({ host: 'github.com', username: 'x-access-token' })])
    expect(set.stdout + list.stdout).not.toContain('s3cret')
    expect(await user.run(['credential', 'delete', 'github.com'])).toMatchObject({ code: 0 })
    expect(await user.run(['credential', 'delete', 'github.com'])).toMatchObject({ code: 4 })
  })
})
