import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loggedIn, platformAndUser, usePlatforms } from './testing/fixture.ts'

usePlatforms()

describe('a session', () => {
  it('is renewed before its token ends, and the new one is kept', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await setExpiry(home, Date.now() + 5_000)
    const before = await readFile(join(home, 'tokens.json'), 'utf8')
    expect(await user.run(['user'])).toMatchObject({ code: 0 })
    expect(platform.refreshes).toBe(1)
    expect(await readFile(join(home, 'tokens.json'), 'utf8')).not.toBe(before)
    expect(await user.run(['user'])).toMatchObject({ code: 0 })
    expect(platform.refreshes).toBe(1)
  })

  it('is renewed when the server refuses a token that should be good', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    platform.expireTokens()
    expect(await user.run(['user'])).toMatchObject({ code: 0 })
    expect(platform).toMatchObject({ refreshes: 1, reuseDetected: 0 })
  })

  it('is renewed once by many processes at a time: no refresh token is used twice', async () => {
    await using session = await loggedIn()
    const { user, platform, home } = session
    await setExpiry(home, 0)
    const results = await Promise.all(Array.from({ length: 5 }, () => user.run(['user'])))
    expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(results.map(() => [0, '']))
    expect(platform).toMatchObject({ refreshes: 1, reuseDetected: 0 })

    platform.expireTokens()
    expect((await Promise.all(Array.from({ length: 5 }, () => user.run(['user'])))).map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
    expect(platform).toMatchObject({ refreshes: 2, reuseDetected: 0 })
  })

  it('takes over the lock of a process that died', async () => {
    await using session = await loggedIn()
    await setExpiry(session.home, 0)
    await writeFile(join(session.home, 'tokens.json.lock'), '999999999 dead')
    expect(await session.user.run(['user'])).toMatchObject({ code: 0 })
    expect(session.platform.refreshes).toBe(1)
  })

  it('that can not be renewed says so, asks to log in, and forgets the tokens', async () => {
    await using session = await loggedIn()
    const { user, home, platform } = session
    await setExpiry(home, 0, 'stale')
    const { code, stderr } = await user.run(['user'])
    expect(code).toBe(3)
    expect(stderr).toBe(
      `Error: Your session on http://${platform.address} has ended and could not be renewed.\n  Log in again with \`micro login\`.\n`,
    )
    expect(await readFile(join(home, 'tokens.json'), 'utf8')).toBe('{}\n')
  })

  it('keeps its tokens when the server can not be reached to renew them', async () => {
    await using session = await loggedIn()
    const { user, home, platform } = session
    await setExpiry(home, 0)
    const before = await readFile(join(home, 'tokens.json'), 'utf8')
    await platform[Symbol.asyncDispose]()
    const { code, stderr } = await user.run(['user'])
    expect(code).toBe(5)
    expect(stderr).toContain(`The server at http://${platform.address} can't be reached: nothing listens there.`)
    expect(stderr).toContain('`micro server`')
    expect(await readFile(join(home, 'tokens.json'), 'utf8')).toBe(before)
  })

  it('sends its token to no other server, though that has the same name', async () => {
    await using session = await loggedIn()
    await using other = await platformAndUser()
    await session.user.run(['env', 'add', 'local', other.platform.address])
    expect(await session.user.run(['user'])).toMatchObject({ code: 3 })
    expect(other.platform.seenHeaders.map((headers) => headers.get('Authorization'))).toEqual([null])
  })

  it('gives way to MICRO_TOKEN, which is never renewed', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    expect((await user.run(['user', 'token'], { env: { MICRO_TOKEN: 'fixed' } })).stdout).toBe('fixed\n')
    expect(await user.run(['user'], { env: { MICRO_TOKEN: 'fixed' } })).toMatchObject({ code: 0 })
    expect(await user.run(['user'], { env: { MICRO_TOKEN: 'bad' } })).toMatchObject({ code: 3 })
    expect(platform.refreshes).toBe(0)
  })
})

/** Sets when the stored token ends, and optionally another refresh token. */
async function setExpiry(home: string, expiresAt: number, refreshToken?: string): Promise<void> {
  const path = join(home, 'tokens.json')
  const tokens = JSON.parse(await readFile(path, 'utf8'))
  for (const entry of Object.values(tokens)) Object.assign(entry ?? {}, { expiresAt }, refreshToken === undefined ? {} : { refreshToken })
  await writeFile(path, JSON.stringify(tokens))
}
