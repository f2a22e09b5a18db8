import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestPlatform, type TestPlatform } from '../../testing/platform.ts'
import { waitFor } from '../../testing/wait-for.ts'
import type { Installation } from '../context.ts'
import { getInstallation } from '../installation/get.ts'
import { ensureDefaultUser } from './default-user.ts'
import { logIn } from './log-in.ts'
import { hashPassword } from './password.ts'
import { signUp } from './sign-up.ts'
import { beginAttempt } from './throttle.ts'

const email = 'alice@example.com'
const password = 'the right one'
const minute = 60_000
const wrong = { code: 'unauthenticated', message: 'The login or the password is wrong.', details: { reason: 'WRONG_CREDENTIALS' } }
const throttled = { code: 'resource_exhausted', details: { reason: 'LOGIN_THROTTLED' } }

let platform: TestPlatform

beforeEach(async () => {
  platform = await createTestPlatform()
  await signUp({ ctx: platform.as({ kind: 'anonymous' }), input: { email, password, username: 'alice' } })
})
afterEach(() => platform.close())

const tryIn = (login: string, given: string, address = '10.0.0.1', installation: Partial<Installation> = {}) => {
  const { ctx } = platform
  const parts = { ...ctx.platform, installation: { ...ctx.platform.installation, ...installation } }
  return logIn({ ctx: { ...ctx, actor: { kind: 'anonymous' }, address, platform: parts }, input: { login, password: given } })
}

/** Failures as `logIn` counts them, without the time that each takes; the last one by logging in. */
async function fail(times: number, login: string): Promise<void> {
  const user = await platform.ctx.db.user.findFirst({
    where: { OR: [{ email: login.trim().toLowerCase() }, { username: login.trim().toLowerCase() }] },
  })
  for (let time = 1; time < times; time++) await beginAttempt({ ...platform.ctx, address: `10.0.2.${time}` }, user?.id ?? login)
  await expect(tryIn(login, 'a wrong one')).rejects.toMatchObject(wrong)
}

describe('log-in', () => {
  test.each([email, ' Alice@Example.COM ', 'alice', 'ALICE'])('by %j', async (login) => {
    expect(await tryIn(login, password)).toMatchObject({
      accessToken: expect.stringMatching(/^ey/),
      refreshToken: expect.stringMatching(/^mrt_/),
    })
  })

  test('by a password that is changed while it is checked begins no session', async () => {
    const { db } = platform.ctx
    const passwordHash = await hashPassword('another one')
    const trying = expect(tryIn('alice', password)).rejects.toMatchObject(wrong)
    // From then on it only calculates.
    await waitFor('the attempt is counted', async () => (await db.loginThrottle.count({ where: { key: 'address:10.0.0.1' } })) > 0)
    await db.user.update({ where: { username: 'alice' }, data: { passwordHash } })
    await trying
  })

  test('does not tell a wrong password from an unknown user', async () => {
    const answers = await Promise.allSettled([
      tryIn(email, 'a wrong one'),
      tryIn('nobody@example.com', 'a wrong one'),
      tryIn('nobody', ''),
      tryIn(email, ''),
    ])
    for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason: wrong })
  })

  test.each(['%', 'al%', 'a_ice', '_____', '*', 'alice%'])('takes %j as a name, and not as a pattern', async (login) => {
    await expect(tryIn(login, password)).rejects.toMatchObject(wrong)
  })

  test('is throttled for an account after ten failures, right password or not, from whatever address', async () => {
    await fail(10, email)
    await expect(tryIn(email, password, '10.0.1.1')).rejects.toMatchObject(throttled)
    expect(await tryIn('alice', password).catch((error: unknown) => error)).toMatchObject(throttled)
  })

  test('is throttled in the same way for users that do not exist', async () => {
    await fail(10, 'nobody@example.com')
    await expect(tryIn('nobody@example.com', password)).rejects.toMatchObject(throttled)
  })

  test.each([` ${email}`, `${email}\t`, email.toUpperCase(), '  ALICE '])('%j is the same account to the throttle', async (login) => {
    await fail(10, login)
    await expect(tryIn(email, password)).rejects.toMatchObject(throttled)
  })

  test('is throttled for an address after a hundred failures', { timeout: 120_000 }, async () => {
    await platform.ctx.db.loginThrottle.create({ data: { key: 'address:10.0.0.1', failures: 99, windowStart: platform.clock.now() } })
    await fail(1, 'somebody')
    await expect(tryIn(email, password)).rejects.toMatchObject(throttled)
    expect(await tryIn(email, password, '10.0.0.2')).toHaveProperty('accessToken')
  })

  test('lets no more than ten guesses through when many come at once', { timeout: 120_000 }, async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => tryIn(email, 'a wrong one')))
    const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'in'))
    expect(codes.filter((code) => code === 'unauthenticated').length).toBeLessThanOrEqual(10)
    expect(codes.filter((code) => code === 'resource_exhausted').length).toBeGreaterThanOrEqual(10)
  })

  test('works again when the time is over', async () => {
    await fail(10, email)
    platform.clock.advance(14 * minute)
    await expect(tryIn(email, password)).rejects.toMatchObject({ message: expect.stringMatching(/in 1 minutes?\.$/) })
    platform.clock.advance(2 * minute)
    expect(await tryIn(email, password)).toHaveProperty('accessToken')
  })

  test('a success forgets the failures of the account', async () => {
    await fail(9, email)
    await tryIn(email, password)
    await fail(9, email)
    expect(await tryIn(email, password)).toHaveProperty('accessToken')
  })
})

describe('admin / micro', () => {
  const exposed = { loopbackOnly: false, publicUrl: 'https://example.com' }

  test('works on a loopback-only server and nowhere else', async () => {
    await ensureDefaultUser(platform.ctx, undefined)
    expect(await tryIn('admin', 'micro', '127.0.0.1')).toHaveProperty('accessToken')
    await expect(tryIn('admin', 'micro', '127.0.0.1', exposed)).rejects.toMatchObject(wrong)
    await expect(tryIn('admin', 'micro', '10.0.0.1', exposed)).rejects.toMatchObject(wrong)
  })

  test('does not let instances in, which reach such a server from their own addresses', async () => {
    await ensureDefaultUser(platform.ctx, undefined)
    await expect(tryIn('admin', 'micro', '10.208.0.2')).rejects.toMatchObject(wrong)
  })

  test('is told to the log-in page only where it works', async () => {
    await ensureDefaultUser(platform.ctx, undefined)
    const { ctx } = platform
    const anonymous = { ...ctx, actor: { kind: 'anonymous' as const } }
    expect(await getInstallation({ ctx: anonymous, input: {} })).toMatchObject({ defaultLogin: true })
    const elsewhere = { ...anonymous, platform: { ...ctx.platform, installation: { ...ctx.platform.installation, ...exposed } } }
    expect(await getInstallation({ ctx: elsewhere, input: {} })).toMatchObject({ defaultLogin: false })
  })

  test('there is no such account on any other server, until the operator gives a password', async () => {
    const ctx = {
      ...platform.ctx,
      platform: { ...platform.ctx.platform, installation: { ...platform.ctx.platform.installation, ...exposed } },
    }
    await ensureDefaultUser(ctx, undefined)
    expect(await ctx.db.user.findUnique({ where: { username: 'admin' } })).toBeNull()
    await ensureDefaultUser(ctx, 'given by the operator')
    await expect(tryIn('admin', 'micro', '10.0.0.1', exposed)).rejects.toMatchObject(wrong)
    expect(await tryIn('admin', 'given by the operator', '10.0.0.1', exposed)).toHaveProperty('accessToken')
  })

  test('a password of the operator takes the place of the well-known one, but not of one that the person has set', async () => {
    await ensureDefaultUser(platform.ctx, undefined)
    await ensureDefaultUser(platform.ctx, 'given by the operator')
    await expect(tryIn('admin', 'micro')).rejects.toMatchObject(wrong)
    await ensureDefaultUser(platform.ctx, 'another of the operator')
    expect(await tryIn('admin', 'given by the operator')).toHaveProperty('accessToken')
  })
})
